//! The texts of `anaplan-sql help`.

use clap::{CommandFactory, ValueEnum};

use super::args::Cli;
use super::format::Format;
use super::{command, exit};
use crate::{config, procedure, simulator};

/// What can be explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Topic {
    /// Connection strings and their keys
    Connection,
    /// Users and data of the simulated tenant
    Demo,
    /// Scenario files of the simulator
    Scenario,
    /// Output formats
    Formats,
    /// What CALL and EXEC can do
    Procedures,
    /// Backslash commands
    Commands,
    /// Signing in and out, and what is stored of it
    Auth,
    /// Exit codes
    ExitCodes,
}

/// The text about a topic, or about everything in short.
pub(super) fn text(topic: Option<Topic>) -> String {
    match topic {
        None => overview(),
        Some(Topic::Connection) => config::help(),
        Some(Topic::Demo) => format!(
            "`anaplan-sql --demo` starts a simulated tenant inside the program and signs in as its \
             first user.\nANAPLAN_SQL_* variables don't count then: they may be those of a real tenant.\n\
             `anaplan-sql simulator` serves it to other programs.\n\n{}",
            simulator::demo_help()
        ),
        Some(Topic::Scenario) => simulator::scenario_help(),
        Some(Topic::Formats) => formats(),
        Some(Topic::Procedures) => procedure::help(),
        Some(Topic::Commands) => format!(
            "Commands, at the prompt, in scripts, and with -c. Each is one line.\n\n{}",
            command::help()
        ),
        Some(Topic::Auth) => auth(),
        Some(Topic::ExitCodes) => {
            exit::MEANINGS.iter().map(|(code, text)| format!("{code:>5}  {text}\n")).collect()
        }
    }
}

fn overview() -> String {
    let mut text = Cli::command().render_long_help().to_string();
    text.push_str("\nTopics of `anaplan-sql help TOPIC`:\n");
    for topic in Topic::value_variants() {
        if let Some(value) = topic.to_possible_value() {
            let about = value.get_help().map(ToString::to_string).unwrap_or_default();
            text.push_str(&format!("  {:12}{about}\n", value.get_name()));
        }
    }
    text
}

/// The help of `auth`, and of each command below it without what all of them have.
fn auth() -> String {
    let mut program = Cli::command();
    program.build();
    let Some(auth) = program.find_subcommand_mut("auth") else { return String::new() };
    let mut texts = vec![auth.render_help().to_string()];
    for command in auth.get_subcommands() {
        let about = command.get_long_about().or(command.get_about()).cloned().unwrap_or_default();
        let own = command.clone().about(about);
        let mut own = own.mut_args(|arg| {
            let shared = arg.is_global_set() || arg.get_id() == "help";
            arg.hide(shared)
        });
        texts.push(own.render_help().to_string());
    }
    let lines = |text: &String| -> String {
        text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    };
    texts.iter().map(lines).collect::<Vec<_>>().join("\n")
}

fn formats() -> String {
    let mut text = String::from(
        "Formats, for --format and \\format. A file's extension implies its format.\n\n",
    );
    for format in Format::value_variants() {
        let extensions: Vec<String> = format.extensions().iter().map(|e| format!(".{e}")).collect();
        let left = format!("  {:10}{:24}", format.name(), extensions.join(" "));
        text.push_str(&format!("{left}{}\n", format.doc()));
    }
    text.push_str(
        "\nNULL is empty in table, csv, tsv and markdown; an empty text is \"\" in csv and tsv. In \
         json\nand ndjson NULL is null, and so are NaN and the infinities.\n\nA file holds one \
         result, unless its format is table or markdown: give each statement a file\nof its own. \
         On standard output text results follow each other, json as one array each. COPY\nand \
         INSERT have no result: how many rows they wrote is said on standard error.\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_a_text_that_fits_a_terminal() {
        for topic in Topic::value_variants() {
            let text = text(Some(*topic));
            assert!(text.lines().count() > 3, "{topic:?}");
            // The demo tenant's names are its own.
            if *topic != Topic::Demo {
                let longest = text.lines().map(|line| line.chars().count()).max();
                assert!(longest <= Some(100), "{topic:?}");
            }
        }
    }

    #[test]
    fn the_overview_names_every_topic() {
        let text = overview();
        for topic in [
            "connection",
            "demo",
            "scenario",
            "formats",
            "procedures",
            "commands",
            "auth",
            "exit-codes",
        ] {
            assert!(text.contains(&format!("\n  {topic} ")), "{topic}");
        }
    }

    #[test]
    fn formats_are_listed() {
        insta::assert_snapshot!(formats(), @r#"
        Formats, for --format and \format. A file's extension implies its format.

          table                             Boxes for people; the default on a terminal
          csv       .csv                    Comma-separated values; the default elsewhere
          tsv       .tsv                    Tab-separated values
          json      .json                   One array of objects
          ndjson    .ndjson .jsonl          One JSON object a line
          markdown  .md                     A Markdown table
          parquet   .parquet                A Parquet file
          arrow     .arrow .ipc .feather    An Arrow IPC file

        NULL is empty in table, csv, tsv and markdown; an empty text is "" in csv and tsv. In json
        and ndjson NULL is null, and so are NaN and the infinities.

        A file holds one result, unless its format is table or markdown: give each statement a file
        of its own. On standard output text results follow each other, json as one array each. COPY
        and INSERT have no result: how many rows they wrote is said on standard error.
        "#);
    }
}
