//! Adds Anaplan's catalogs to a DataFusion context that a program already has.
//!
//! ```sh
//! cargo run --example existing_context
//! ```

use std::sync::Arc;

use anaplan_sql::simulator::{Simulator, Tenant};
use datafusion::arrow::array::{Float64Array, RecordBatch, StringArray};
use datafusion::prelude::SessionContext;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let demo = Simulator::start(Tenant::demo()).await?;
    let session = anaplan_sql::connect(&format!(
        "User=demo@anaplan-sql.example;Password=demo;Endpoint={}",
        demo.url()
    ))
    .await?;

    // The program's own context, with a table of its own.
    let context = SessionContext::new();
    let targets = RecordBatch::try_from_iter([
        ("site", Arc::new(StringArray::from(vec!["Hamburg", "Lyon", "Reno"])) as _),
        ("target_days", Arc::new(Float64Array::from(vec![30.0, 30.0, 45.0])) as _),
    ])?;
    context.register_batch("targets", targets)?;

    // From here on workspaces are catalogs of that context. Its own rules hold: it lowers names
    // that are not quoted.
    session.register_in(&context).await?;
    context
        .sql(
            r#"SELECT site, target_days, round(avg("Days of Cover"), 1) AS days
               FROM targets
               JOIN "Operations"."Demand Planning"."Stock today" ON "Site" = site
               GROUP BY site, target_days
               ORDER BY site"#,
        )
        .await?
        .show()
        .await?;
    Ok(())
}
