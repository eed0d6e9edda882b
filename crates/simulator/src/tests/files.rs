//! Files and chunks over the wire.

use super::super::{Column, Export, Fault, Model, Simulator, Tenant, User, Workspace};
use super::client::{Answer, Session, send};
use super::{file_of, path_of, tenant};

/// Downloads a file chunk by chunk, paging through the list of chunks.
async fn download(session: &Session<'_>, file: &str) -> (Vec<Vec<u8>>, usize) {
    let mut chunks = Vec::new();
    loop {
        let list = session.get(&format!("{file}/chunks?offset={}", chunks.len())).await.json();
        for entry in list["chunks"].as_array().map(Vec::as_slice).unwrap_or_default() {
            assert_eq!(entry["id"], chunks.len().to_string());
            assert_eq!(entry["name"], format!("Chunk {}", chunks.len()));
            let answer = session.get(&format!("{file}/chunks/{}", chunks.len())).await;
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (200, Some("application/octet-stream"))
            );
            assert!(answer.complete);
            chunks.push(answer.body);
        }
        let total = list["meta"]["paging"]["totalSize"].as_u64().expect("a number");
        if chunks.len() as u64 >= total {
            let total = usize::try_from(total).expect("small");
            return (chunks, total);
        }
    }
}

#[tokio::test]
async fn a_file_exists_for_the_user_who_made_it() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    let file = file_of(&simulator, "Open", "Sales");
    let files = file.rsplit_once('/').expect("a path").0;
    for user in [&ann, &bob] {
        assert_eq!(user.get(&file).await.status, 404);
        assert_eq!(user.get(&format!("{file}/chunks/0")).await.status, 404);
        let chunks = user.get(&format!("{file}/chunks")).await;
        assert_eq!(chunks.status, 200);
        assert!(chunks.json().get("chunks").is_none());
        assert_eq!(user.get(files).await.json()["files"][0]["chunkCount"], 0);
    }
    let task = ann.run(&path_of(&simulator, "Open", "Sales")).await;
    assert_eq!(task["result"]["successful"], true);
    assert_eq!(ann.get(&file).await.text(), "Name,Amount\na,1\n\"b,c\",2.5\n");
    assert_eq!(
        ann.get(&format!("{file}/chunks/0")).await.text(),
        "Name,Amount\na,1\n\"b,c\",2.5\n"
    );
    let listed = ann.get(files).await.json()["files"][0].clone();
    assert_eq!(
        (listed["chunkCount"].as_u64(), listed["firstDataRow"].as_u64()),
        (Some(1), Some(0))
    );
    assert_eq!(listed["id"], file.rsplit('/').next().expect("an id"));
    for number in ["1", "-1", "x", "99999999999999999999999"] {
        assert_eq!(ann.get(&format!("{file}/chunks/{number}")).await.status, 404, "{number}");
    }
    assert_eq!(bob.get(&file).await.status, 404, "private to its user");
    let header = format!("AnaplanAuthToken {}", ann.token);
    let headers = [("Authorization", header.as_str()), ("Accept", "application/json")];
    assert_eq!(send(&simulator, "GET", &file, &headers, "").await.expect("answer").status, 406);
}

#[tokio::test]
async fn a_second_run_shows_what_was_edited() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let (path, file) = (path_of(&simulator, "Open", "Sales"), file_of(&simulator, "Open", "Sales"));
    ann.run(&path).await;
    simulator.edit(|tenant| {
        if let Some(export) = tenant.export_mut("Open", "Sales") {
            *export = export.clone().with_rows([["z", "9"]]);
        }
    });
    assert_eq!(
        ann.get(&file).await.text(),
        "Name,Amount\na,1\n\"b,c\",2.5\n",
        "until it runs again"
    );
    ann.run(&path).await;
    assert_eq!(ann.get(&file).await.text(), "Name,Amount\nz,9\n");
}

#[tokio::test]
async fn tiny_chunks_join_to_the_whole_file_in_each_encoding() {
    let text = "Zürich, \"Café\"\r\nline two";
    let export = |encoding: &str| {
        let columns = vec![Column::new("Straße", "TEXT"), Column::new("Größe", "NUMBER")];
        let rows = (0..6).map(|number| vec![text.to_owned(), format!("{number}.5")]);
        Export::tabular(encoding, columns)
            .with_rows(rows)
            .encoding(encoding)
            .bom(true)
            .line_ending("\r\n")
    };
    let raw: Vec<u8> = (0..100).collect();
    let encodings = ["UTF-8", "ISO-8859-1", "UTF-16LE"];
    let model =
        encodings.iter().fold(Model::new("M"), |model, encoding| model.export(export(encoding)));
    let model = model.export(Export::binary("raw", "application/pdf", raw.clone()));
    let tenant = Tenant::new()
        .user(User::new("ann.lee@example.com", "secret"))
        .workspace(Workspace::new("W").model(model));
    for size in [1, 2, 3, 7, 64] {
        let simulator = Simulator::builder(tenant.clone())
            .chunk_size(size)
            .page_cap(50)
            .requests_per_minute(None)
            .start()
            .await
            .expect("start");
        let ann = Session::ann(&simulator).await;
        for name in encodings.into_iter().chain(["raw"]) {
            ann.run(&path_of(&simulator, "M", name)).await;
            let file = file_of(&simulator, "M", name);
            let (chunks, total) = download(&ann, &file).await;
            let whole = ann.get(&file).await.body;
            assert_eq!(total, whole.len().div_ceil(size));
            let (last, full) = chunks.split_last().expect("chunks");
            assert!(full.iter().all(|chunk| chunk.len() == size) && !last.is_empty());
            assert_eq!(chunks.concat(), whole, "{name} {size}");
            let body = match name {
                "UTF-8" => String::from_utf8(whole).expect("UTF-8"),
                "ISO-8859-1" => {
                    format!("\u{feff}{}", whole.into_iter().map(char::from).collect::<String>())
                }
                "UTF-16LE" => {
                    let units: Vec<u16> =
                        whole.as_chunks::<2>().0.iter().copied().map(u16::from_le_bytes).collect();
                    String::from_utf16(&units).expect("UTF-16")
                }
                _ => {
                    assert_eq!(whole, raw);
                    continue;
                }
            };
            let line = "\"Zürich, \"\"Café\"\"\r\nline two\"";
            let rows: String = (0..6).map(|number| format!("{line},{number}.5\r\n")).collect();
            assert_eq!(body, format!("\u{feff}Straße,Größe\r\n{rows}"), "{name}");
        }
    }
}

#[tokio::test]
async fn a_file_without_bytes_has_one_empty_chunk() {
    let model = Model::new("M").export(Export::tabular("Nothing", Vec::new()).bytes(Vec::new()));
    let tenant = Tenant::new()
        .user(User::new("ann.lee@example.com", "secret"))
        .workspace(Workspace::new("W").model(model));
    let simulator = Simulator::start(tenant).await.expect("start");
    let ann = Session::ann(&simulator).await;
    ann.run(&path_of(&simulator, "M", "Nothing")).await;
    let (chunks, total) = download(&ann, &file_of(&simulator, "M", "Nothing")).await;
    assert_eq!((chunks, total), (vec![Vec::new()], 1));
}

/// A tenant with an export whose file has some 300 kB.
fn big() -> Tenant {
    let columns = vec![Column::new("Name", "TEXT"), Column::new("Number", "NUMBER")];
    let export = Export::tabular("Big", columns).generated(20_000, |number, row| {
        row.code("row", number, 8);
        row.number(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40);
    });
    Tenant::new()
        .user(User::new("ann.lee@example.com", "secret"))
        .workspace(Workspace::new("W").model(Model::new("M").export(export)))
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_accept_that() {
    let simulator = Simulator::builder(big()).chunk_size(100_000).start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    ann.run(&path_of(&simulator, "M", "Big")).await;
    let file = file_of(&simulator, "M", "Big");
    for path in [file.clone(), format!("{file}/chunks/1")] {
        let plain = ann.get(&path).await;
        assert_eq!(plain.header("content-encoding"), None);
        let length = |answer: &Answer| answer.header("content-length").map(str::to_owned);
        let mut lengths = Vec::new();
        for encodings in ["gzip", "deflate, gzip;q=0.5", "br, GZIP"] {
            let packed = ann.get_encoded(&path, encodings).await;
            assert_eq!((packed.status, packed.header("content-encoding")), (200, Some("gzip")));
            assert_eq!(packed.header("content-type"), Some("application/octet-stream"));
            assert!(packed.complete && packed.body.len() < plain.body.len() / 2);
            assert!(packed.unpacked() == plain.body, "{path} {encodings}");
            lengths.push(length(&packed).is_some());
        }
        // Only chunks are kept, and have a length when they come from there.
        let is_chunk = path.contains("/chunks/");
        assert_eq!(lengths, [false, is_chunk, is_chunk], "{path}");
        for encodings in ["", "identity", "deflate", "gzip;q=0, br"] {
            let answer = ann.get_encoded(&path, encodings).await;
            assert!(answer.header("content-encoding").is_none() && answer.body == plain.body);
            assert_eq!(length(&answer), length(&plain));
        }
        simulator.inject(Fault::on("GET", "/2/0/models/*/files/**").truncate_body(99_999));
        let cut = ann.get_encoded(&path, "gzip").await;
        assert!(cut.header("content-encoding").is_none() && cut.body == plain.body[..99_999]);
    }
    let short = ann.get_encoded("/2/0/users/me", "gzip").await;
    assert_eq!(
        (short.header("content-encoding"), &short.json()["user"]["active"]),
        (None, &true.into())
    );
    let mut names = Vec::new();
    for number in 0..40 {
        names.push(Model::new(&format!("Model {number}")));
    }
    simulator.edit(|tenant| tenant.workspaces[0].models.extend(names));
    let listing = ann.get_encoded("/2/0/models", "gzip").await;
    assert_eq!(listing.header("content-encoding"), Some("gzip"));
    assert_eq!(listing.header("content-length"), Some(listing.body.len().to_string().as_str()));
    assert!(listing.unpacked() == ann.get("/2/0/models").await.body);
}

#[tokio::test]
async fn compression_can_be_switched_off() {
    let simulator = Simulator::builder(big()).gzip(false).start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    ann.run(&path_of(&simulator, "M", "Big")).await;
    let file = file_of(&simulator, "M", "Big");
    let answer = ann.get_encoded(&file, "gzip").await;
    assert_eq!(answer.header("content-encoding"), None);
    assert!(answer.body.starts_with(b"Name,Number\nrow00000000,0\n"));
}

#[tokio::test]
async fn a_compressed_chunk_is_of_the_latest_run() {
    let simulator = Simulator::start(big()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let path = path_of(&simulator, "M", "Big");
    let chunk = format!("{}/chunks/0", file_of(&simulator, "M", "Big"));
    ann.run(&path).await;
    let first = ann.get_encoded(&chunk, "gzip").await.unpacked();
    simulator.edit(|tenant| {
        if let Some(export) = tenant.export_mut("M", "Big") {
            *export = export.clone().separator(";");
        }
    });
    ann.run(&path).await;
    let second = ann.get_encoded(&chunk, "gzip").await.unpacked();
    assert_eq!(String::from_utf8(first).expect("UTF-8").replace(',', ";").as_bytes(), second);
}
