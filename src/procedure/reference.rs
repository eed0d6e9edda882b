//! What people read about procedures: `anaplan-sql help procedures`, and the reference page.

use std::fmt::Write as _;

use super::PROCEDURES;
use super::definition::{ParameterKind, ProcedureDefinition, ProcedureScope};

/// The text of `anaplan-sql help procedures`.
pub fn help() -> String {
    let mut text = String::from(
        "Procedures, at the prompt, in scripts, with -c, and in a program:\n\n  \
         EXEC Name Parameter = 'value', ...        also EXECUTE, and @Parameter\n  \
         CALL Name(Parameter => 'value', ...)\n\n\
         Each gives one result. Those that are marked with + change something: ReadOnly=true \
         refuses\nthem. Parameters in brackets may be left out.",
    );
    text.push_str(
        " Those in a model also take Workspace and\nModel, else the default ones count.\n",
    );
    for (scope, title) in [
        (ProcedureScope::SignIn, "Signing in; these work before that:"),
        (ProcedureScope::Model, "In a model:"),
    ] {
        let all: Vec<_> = PROCEDURES.iter().filter(|p| p.scope == scope).collect();
        if all.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n{title}");
        for procedure in all {
            let mark = if procedure.changes { '+' } else { ' ' };
            let _ = writeln!(text, "{mark} {}", signature(procedure));
            for line in wrapped(procedure.doc, 92) {
                let _ = writeln!(text, "      {line}");
            }
        }
    }
    text.push_str("\ninformation.procedures and information.procedure_parameters say more.\n");
    text
}

/// `RunExport(Export, [Locale])`, without what all procedures in a model take.
fn signature(procedure: &ProcedureDefinition) -> String {
    let parameters: Vec<String> = procedure
        .own
        .iter()
        .map(|parameter| match parameter.required {
            true => parameter.name.to_owned(),
            false => format!("[{}]", parameter.name),
        })
        .collect();
    format!("{}({})", procedure.name, parameters.join(", "))
}

/// The words of a text in lines of at most so many characters.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The page `docs/reference/procedures.md`.
pub fn reference() -> String {
    let mut page = String::from(INTRODUCTION);
    for procedure in PROCEDURES {
        let _ = write!(page, "\n## {}\n\n{}", procedure.name, procedure.doc);
        let notes = [
            (procedure.scope == ProcedureScope::SignIn).then_some("Works before sign-in."),
            procedure.changes.then_some("Refused with `ReadOnly=true`."),
        ];
        for note in notes.into_iter().flatten() {
            let _ = write!(page, " {note}");
        }
        page.push_str("\n\n");
        if procedure.parameters().next().is_some() {
            page.push_str("| Parameter | Type | Required | Meaning |\n|---|---|---|---|\n");
        }
        for parameter in procedure.parameters() {
            let kind = match parameter.kind {
                ParameterKind::Choice(words) => words.join(", "),
                other => other.sql().to_owned(),
            };
            let required = if parameter.required { "yes" } else { "" };
            let _ = writeln!(
                page,
                "| `{}` | {kind} | {required} | {} |",
                parameter.name, parameter.doc
            );
        }
        page.push_str("\n| Column | Type | Meaning |\n|---|---|---|\n");
        for column in procedure.columns {
            let _ =
                writeln!(page, "| `{}` | {} | {} |", column.name, column.kind.sql(), column.doc);
        }
    }
    page
}

const INTRODUCTION: &str = "\
# Procedures

<!-- Generated from the definitions in src/procedure/. Do not edit. -->

What a session does besides reading. A call is a statement of its own, and gives one result:

```text
EXEC SetCurrentPeriod Date = '2024-05-01'
EXECUTE SetCurrentPeriod @Date = '2024-05-01', @Model = 'Sales Planning'
CALL SetCurrentPeriod(Date => '2024-05-01')
```

- Names of procedures and parameters are matched in any case. Values are literals: texts in single quotes, numbers,
  `NULL` for what is not given. Placeholders (`?`, `$1`) are refused: a call isn't prepared.
- Parameters are named. Only where a procedure has a single required parameter, a value may stand alone for it:
  `EXEC SetCurrentPeriod '2024-05-01'`.
- What is missing, unknown, given twice or of a wrong form is said at once, before anything is sent.
- Procedures in a model take `Workspace` and `Model`, by name or id. Without them the default ones count: those of the
  connection string, or of `USE`.
- A call runs once, when its result is read; `EXPLAIN CALL …` runs nothing. Ctrl-C, or dropping the result, cancels
  it, at the service too if a task runs there. What fails is an error, never a row.
- `ReadOnly=true` refuses the procedures that change something, before any request.
- `InputFile` and `OutputFile` are local files. `-` is standard input, or standard output: then that gets the file's
  bytes and nothing else, and the result goes to standard error, where `--quiet` drops it, or to `--output`. What is
  downloaded is written beside its place and put there when it is whole: after a failure or Ctrl-C the old file is still
  there. An upload counts when all of its chunks have come: until then an import doesn't see it.
- `EXECUTE` also runs prepared statements; a procedure's name comes first.

[`information.procedures`](tables.md) and [`information.procedure_parameters`](tables.md) list the same from SQL, and
`anaplan-sql help procedures` in short.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_procedure_with_its_parameters() {
        let text = help();
        for procedure in PROCEDURES {
            assert!(text.contains(&signature(procedure)), "{}", procedure.name);
        }
        assert!(text.contains("\n+ SetCurrentPeriod(Date)\n"), "{text}");
    }

    #[test]
    fn procedures_are_in_order_and_have_sentences() {
        assert!(PROCEDURES.is_sorted_by_key(|procedure| procedure.name));
        for procedure in PROCEDURES {
            let docs = procedure.parameters().map(|parameter| parameter.doc);
            let columns = procedure.columns.iter().map(|column| column.doc);
            for doc in docs.chain(columns).chain([procedure.doc]) {
                assert!(doc.ends_with('.'), "{}: {doc}", procedure.name);
            }
        }
    }
}
