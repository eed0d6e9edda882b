//! Joins an export with a local Parquet file, as one joins two tables.
//!
//! ```sh
//! cargo run --example join_parquet
//! ```

use anaplan_sql::simulator::{Simulator, Tenant};
use datafusion::prelude::ParquetReadOptions;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let demo = Simulator::start(Tenant::demo()).await?;
    let session = anaplan_sql::connect(&format!(
        "User=demo@anaplan-sql.example;Password=demo;Endpoint={};\
         Workspace=Finance;Model=Sales Planning",
        demo.url()
    ))
    .await?;

    // What a data warehouse might have left here: the account owner of each segment.
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("owners.parquet").display().to_string();
    let write = format!(
        "COPY (VALUES ('Enterprise', 'Ines'), ('Mid-market', 'Noor'), ('Small business', 'Tom'))
         TO '{file}' STORED AS PARQUET"
    );
    session.sql(&write).await?.collect().await?;

    // A session is a DataFusion SessionContext: everything that can be registered there can be
    // joined here. COPY calls the columns of VALUES column1 and column2.
    session.register_parquet("owners", file, ParquetReadOptions::default()).await?;
    session
        .sql(
            r#"SELECT owners.column2 AS owner, count(*) AS customers,
                      sum(c."Credit Limit") AS credit
               FROM "Customers" AS c
               JOIN owners ON owners.column1 = c."Segment"
               WHERE c."Active"
               GROUP BY owner
               ORDER BY owner"#,
        )
        .await?
        .show()
        .await?;
    Ok(())
}
