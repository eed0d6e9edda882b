//! Connects, asks, prints: revenue by region, from an export of the simulated demo tenant.
//!
//! ```sh
//! cargo run --example query
//! ```

use anaplan_sql::simulator::{Simulator, Tenant};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A stand-in for Anaplan on a local port. For a real tenant leave out the Endpoint.
    let demo = Simulator::start(Tenant::demo()).await?;
    let session = anaplan_sql::connect(&format!(
        "User=demo@anaplan-sql.example;Password=demo;Endpoint={}",
        demo.url()
    ))
    .await?;

    session
        .sql(
            r#"SELECT "Region", round(sum("Revenue")) AS revenue, count(*) AS cells
               FROM "Finance"."Sales Planning"."Revenue by Region"
               GROUP BY "Region"
               ORDER BY revenue DESC"#,
        )
        .await?
        .show()
        .await?;
    Ok(())
}
