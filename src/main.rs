//! The program `anaplan-sql`; all of it is in [`anaplan_sql::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    anaplan_sql::cli::main()
}
