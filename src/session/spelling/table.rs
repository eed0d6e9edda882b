//! `Lists.Products` without quotes is the table `"Lists.Products"`.

use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{
    self, Ident, ObjectName, ObjectNamePart, visit_relations_mut,
};

use crate::names::Kind;

/// Takes the parts of a table's name together where the first of them says of which kind the table
/// is. `is_schema` tells whether parts are those of a model: a model may be called `Lists` too.
pub(in crate::session) fn join_prefixes(
    statement: &mut Statement,
    is_schema: &impl Fn(Option<&str>, &str) -> bool,
) {
    let mut each = |name: &mut ObjectName| {
        join(name, is_schema);
        ControlFlow::<()>::Continue(())
    };
    let flow = match statement {
        Statement::Statement(inner) => {
            // No relation to the parser.
            if let ast::Statement::ShowColumns { show_options, .. } = inner.as_mut()
                && let Some(name) =
                    show_options.show_in.as_mut().and_then(|it| it.parent_name.as_mut())
            {
                return join(name, is_schema);
            }
            visit_relations_mut(inner, &mut each)
        }
        Statement::Explain(explain) => {
            join_prefixes(&mut explain.statement, is_schema);
            ControlFlow::Continue(())
        }
        Statement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => visit_relations_mut(query, &mut each),
            CopyToSource::Relation(name) => each(name),
        },
        _ => ControlFlow::Continue(()),
    };
    debug_assert!(flow.is_continue(), "every name is looked at");
}

fn join(name: &mut ObjectName, is_schema: &impl Fn(Option<&str>, &str) -> bool) {
    let parts: Option<Vec<&Ident>> = name.0.iter().map(ObjectNamePart::as_ident).collect();
    let Some(parts) = parts else { return };
    // At most catalog and schema stand before it.
    for at in 0..parts.len().min(3) {
        let prefix = &parts[at].value;
        let behind = parts.len() - at - 1;
        let fits = Kind::ALL.iter().any(|kind| {
            prefix.eq_ignore_ascii_case(kind.prefix()) && (1..=kind.parts()).contains(&behind)
        });
        if !fits {
            continue;
        }
        let means_model = match at {
            0 if behind == 1 => is_schema(None, prefix),
            0 if behind == 2 => is_schema(Some(prefix), &parts[1].value),
            1 if behind == 1 => is_schema(Some(&parts[0].value), prefix),
            _ => false,
        };
        if means_model {
            return;
        }
        let text: Vec<&str> = parts[at..].iter().map(|part| part.value.as_str()).collect();
        let joined = Ident::with_quote('"', text.join("."));
        name.0.truncate(at);
        name.0.push(ObjectNamePart::Identifier(joined));
        return;
    }
}
