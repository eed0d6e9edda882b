//! Memory doesn't grow with files.

use std::io::{Read, Write};
use std::time::Duration;

use anaplan_sql::simulator::{Model, Simulator, SourceFile, Workspace};

use super::Folder;
use crate::process::{Program, connection, peak_memory};
use crate::support::users;

/// Runs a statement, and hands out the most memory that it took.
fn peak(simulator: &Simulator, sql: &str) -> u64 {
    let connection = format!("{};Workspace=W;Model=M", connection(simulator));
    // Else the C library keeps memory for each thread, and how many of them have some is chance.
    let program = Program::new().env("MALLOC_ARENA_MAX", "1");
    let mut child = program.args(["--connect", &connection, "-c", sql]).spawn();
    let mut peak = 0;
    let ended = loop {
        peak = peak.max(peak_memory(&child).unwrap_or(0));
        if let Some(ended) = child.try_wait().expect("a process") {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut said = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("UTF-8");
    assert!(ended.success(), "{said}");
    peak
}

/// A file of so many MB whose lines don't compress to nothing.
fn write(folder: &Folder, name: &str, megabytes: usize) -> String {
    let file = std::fs::File::create(folder.path(name)).expect("a file");
    let mut file = std::io::BufWriter::new(file);
    let mut seed = 88_172_645_463_325_252_u64;
    for _ in 0..megabytes * 40_000 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        // 25 bytes.
        writeln!(file, "{seed:020},\"a\"").expect("written");
    }
    file.flush().expect("written");
    folder.literal(name)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_eight_times_as_large_takes_no_more_memory() {
    let model = Model::new("M")
        .file(SourceFile::new("small.csv", &["a"]))
        .file(SourceFile::new("large.csv", &["a"]));
    let simulator = Simulator::start(users().workspace(Workspace::new("W").model(model)))
        .await
        .expect("a free port");
    let folder = Folder::new();
    let mut peaks = Vec::new();
    for (name, megabytes) in [("small.csv", 12), ("large.csv", 96)] {
        let path = write(&folder, name, megabytes);
        let up = format!("CALL UploadFile(File => '{name}', InputFile => {path}, ChunkSize => 1)");
        let back = folder.literal("back.csv");
        let down = format!("CALL DownloadFile(File => '{name}', OutputFile => {back})");
        peaks.push((peak(&simulator, &up), peak(&simulator, &down)));
        assert!(folder.read("back.csv") == folder.read(name), "{name} came back different");
    }
    let [(small_up, small_down), (large_up, large_down)] = peaks[..] else { unreachable!() };
    let more = 12 << 20;
    assert!(large_up < small_up + more, "up: {small_up} and {large_up} bytes");
    assert!(large_down < small_down + more, "down: {small_down} and {large_down} bytes");
}
