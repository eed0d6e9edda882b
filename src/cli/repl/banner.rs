//! What the prompt says first.

use super::super::connect::Connected;
use crate::simulator::Tenant;

/// A query of the demo tenant that shows what this is about.
pub(super) const EXAMPLE: &str = "SELECT \"Region\", sum(\"Revenue\") AS \"Revenue\"
FROM \"Finance\".\"Sales Planning\".\"Revenue by Region\"
GROUP BY 1 ORDER BY 2 DESC;";

/// The lines above the first prompt.
pub(super) fn text(connected: &Connected) -> String {
    let head = format!(
        "anaplan-sql {}. \\? lists commands, Tab completes, Ctrl-D ends. SQL ends with a semicolon.",
        env!("CARGO_PKG_VERSION")
    );
    match &connected.simulator {
        None => format!("{head}\nTry \\dn, or SELECT * FROM information.models;\n"),
        Some(simulator) => format!("{head}\n\n{}", demo(&simulator.tenant())),
    }
}

fn demo(tenant: &Tenant) -> String {
    let mut text = String::from("This is a simulated tenant. Its workspaces and models:\n");
    for workspace in &tenant.workspaces {
        let models: Vec<String> =
            workspace.models.iter().map(|model| format!("\"{}\"", model.name)).collect();
        text.push_str(&format!("  \"{}\": {}\n", workspace.name, models.join(", ")));
    }
    text.push_str(&format!("\nTry \\dt \"Sales Planning\", or\n\n{EXAMPLE}\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_is_introduced_with_what_is_in_it() {
        let text = demo(&Tenant::demo());
        assert!(text.contains("\n  \"Finance\": \"Sales Planning\", "), "{text}");
        assert!(text.contains("FROM \"Finance\".\"Sales Planning\".\"Revenue by Region\""));
    }
}
