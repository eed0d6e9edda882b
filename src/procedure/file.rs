//! Files of a model: uploading, downloading and deleting what the signed-in user has in them.

use std::path::Path;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::{FutureExt, TryStreamExt};

use super::argument::Arguments;
use super::call::Call;
use super::definition::{Parameter, ProcedureDefinition, ProcedureScope, Work};
use super::model::{SUCCESSFUL, successful};
use super::target::place;
use crate::client::model::{Chunk, File, ModelId, TaskId};
use crate::error::{Error, ErrorKind, Result};
use crate::table::export::ExportKey;
use crate::table::information::{Cell, ColumnDefinition as Column, Row};
use crate::transfer::{
    RecordCounter, STANDARD, Sink, TextForm, UploadOptions, Uploaded, check_readable, download,
    standard_input, upload_file, upload_stream,
};

/// The parameter that names a local file to read.
pub(super) const INPUT_FILE: &str = "InputFile";
/// The parameter that names a local file to write.
pub(super) const OUTPUT_FILE: &str = "OutputFile";

/// The most that fits into one cell: as much as a chunk may have.
const MAX_CELL: usize = 50_000_000;

const FILE: Parameter = Parameter::text("File", "Name or id of the file.").required();

pub(super) const OUTPUT: Parameter = Parameter::text(
    OUTPUT_FILE,
    "The local file to write, which is replaced when all has come; - is standard output.",
);

const FILE_DATA: Column = Column::bytes(
    "FileData",
    "The bytes, as they are; the program's text formats show them in hexadecimal.",
);

pub(super) static UPLOAD_FILE: ProcedureDefinition = ProcedureDefinition {
    name: "UploadFile",
    doc: "Uploads a local file as the signed-in user's content of a file that imports read. What the \
          user had uploaded before is gone.",
    scope: ProcedureScope::Model,
    changes: true,
    own: &[
        FILE,
        Parameter::text(INPUT_FILE, "The local file to read; - is standard input.").required(),
        Parameter::whole(
            "ChunkSize",
            (1, 50),
            "The most MB of a chunk before compression; unless given 10, or what keeps the file \
             below 1,000 chunks.",
        ),
    ],
    columns: &[
        Column::text("FileId", "The file in the model."),
        Column::integer("Chunks", "The chunks that were uploaded."),
        Column::integer("Bytes", "The bytes in them, before compression."),
    ],
    work: Work::Rows(|call| {
        async move {
            let source = call.arguments.required(INPUT_FILE)?;
            check_input(source)?;
            let model = call.model().await?;
            let files = files(&call, &model.id).await?;
            let file = find_source(&files, call.arguments.required("File")?)?;
            let _alone = call.connection.uploads.lock(&model.id, file.id.as_str()).await;
            let sent = upload_content(&call, &model.id, file, source).await?;
            Ok(vec![vec![file.id.as_str().into(), count(sent.chunks), total(sent.bytes)]])
        }
        .boxed()
    }),
};

pub(super) static DOWNLOAD_FILE: ProcedureDefinition = ProcedureDefinition {
    name: "DownloadFile",
    doc: "Downloads the signed-in user's content of a file: what the user has uploaded, or what the \
          user's last run of an export has written.",
    scope: ProcedureScope::Model,
    changes: false,
    own: &[FILE, OUTPUT],
    columns: DOWNLOADED,
    work: Work::Rows(|call| download_file(call).boxed()),
};

/// All columns; a call has either the first [`SAVED`] of them or the last.
const DOWNLOADED: &[Column] = &[
    Column::integer("Chunks", "With OutputFile, the chunks that came."),
    Column::integer("Bytes", "With OutputFile, the bytes in them."),
    FILE_DATA,
];

/// How many columns are for calls with OutputFile.
const SAVED: usize = 2;

/// The columns of a call of this procedure: a file that is downloaded goes to one place only.
pub(super) fn columns(
    definition: &'static ProcedureDefinition,
    arguments: &Arguments,
) -> &'static [Column] {
    if definition.name != DOWNLOAD_FILE.name {
        return definition.columns;
    }
    let (saved, data) = DOWNLOADED.split_at(SAVED);
    if arguments.get(OUTPUT_FILE).is_some() { saved } else { data }
}

pub(super) static DOWNLOAD_FILE_CHUNK: ProcedureDefinition = ProcedureDefinition {
    name: "DownloadFileChunk",
    doc: "Downloads one chunk of the signed-in user's content of a file.",
    scope: ProcedureScope::Model,
    changes: false,
    own: &[
        FILE,
        Parameter::text("ChunkId", "The number of the chunk; the first one is 0.").required(),
    ],
    columns: &[FILE_DATA],
    work: Work::Rows(|call| download_chunk(call).boxed()),
};

pub(super) static DELETE_FILE: ProcedureDefinition = ProcedureDefinition {
    name: "DeleteFile",
    doc: "Deletes the signed-in user's content of a file. The file itself stays, and so does what \
          others have in it.",
    scope: ProcedureScope::Model,
    changes: true,
    own: &[FILE],
    columns: SUCCESSFUL,
    work: Work::Rows(|call| {
        async move {
            let (model, file) = find(&call).await?;
            let (client, observer) = (&call.connection.client, call.observer.as_ref());
            client.delete_content(&model, file.id.as_str(), observer).await?;
            successful()
        }
        .boxed()
    }),
};

/// Makes sure that what is to be uploaded can be read.
///
/// # Errors
/// Kind [`Io`](ErrorKind::Io) when it can't.
pub(super) fn check_input(source: &str) -> Result<()> {
    if source == STANDARD { Ok(()) } else { check_readable(Path::new(source)) }
}

/// Uploads a local file, or standard input, into one of the model's files; `ChunkSize` counts if it
/// is given.
pub(super) async fn upload_content(
    call: &Call,
    model: &ModelId,
    file: &File,
    source: &str,
) -> Result<Uploaded> {
    let chunk_size = call.arguments.get("ChunkSize").and_then(|size| size.parse::<usize>().ok());
    let options = UploadOptions {
        form: TextForm::of(file),
        chunk_size: chunk_size.map(|megabytes| megabytes * 1_000_000),
        progress: Some(call.connection.progress.scan(&file.name)),
    };
    let (client, observer) = (&call.connection.client, call.observer.as_ref());
    let place = (model, file.id.as_str());
    if source == STANDARD {
        let name = "standard input";
        upload_stream(client, place, standard_input(), name, &options, observer).await
    } else {
        upload_file(client, place, Path::new(source), &options, observer).await
    }
}

/// The files of a model.
pub(super) async fn files(call: &Call, model: &ModelId) -> Result<Vec<File>> {
    call.connection.client.files(model, Arc::clone(&call.observer)).await
}

/// The file that a text means, among those that can be uploaded to.
pub(super) fn find_source<'f>(files: &'f [File], text: &str) -> Result<&'f File> {
    // Those of exports have no form.
    let is_source = |file: &&File| file.format.is_some() || file.encoding.is_some();
    let (sources, others): (Vec<&File>, Vec<&File>) = files.iter().partition(is_source);
    let named = |file: &&'f File| -> (&'f str, &'f str) { (file.id.as_str(), &file.name) };
    let pairs: Vec<_> = sources.iter().map(named).collect();
    match place("file", text, &pairs, |pair| *pair) {
        Ok(found) => Ok(sources[found]),
        Err(error) => {
            let pairs: Vec<_> = others.iter().map(named).collect();
            Err(match place("file", text, &pairs, |pair| *pair) {
                Ok(found) => Error::new(
                    ErrorKind::Query,
                    format!("\"{}\" is written by an export", others[found].name),
                )
                .with_hint("upload to a file that imports read: information.files lists them"),
                Err(_) => error,
            })
        }
    }
}

/// The file that the parameter `File` means.
async fn find(call: &Call) -> Result<(ModelId, File)> {
    let model = call.model().await?;
    let mut files = files(call, &model.id).await?;
    let text = call.arguments.required("File")?;
    let found = place("file", text, &files, |file| (file.id.as_str(), &file.name))?;
    Ok((model.id.clone(), files.swap_remove(found)))
}

async fn download_file(call: Call) -> Result<Vec<Row>> {
    let sink = call.arguments.get(OUTPUT_FILE).map(Sink::open).transpose()?;
    let (model, file) = find(&call).await?;
    let place = (&model, file.id.as_str());
    if let Some(sink) = sink {
        let from = Source { place, name: &file.name, announced: file.chunk_count };
        let done = save(&call, from, sink, |_| (), async { Ok(()) }).await?;
        return Ok(vec![vec![count(done.chunks), total(done.bytes)]]);
    }
    let (client, observer) = (&call.connection.client, Arc::clone(&call.observer));
    let progress = call.connection.progress.scan(&file.name);
    let label = label(&file.name);
    let ears = (observer, Some(progress));
    let coming = download(client, place, &label, file.chunk_count, ears).await?;
    let data = coming
        .bodies
        .try_fold(BytesMut::new(), |mut data, body| {
            let fits = data.len() + body.len() <= MAX_CELL;
            let label = &label;
            async move {
                if !fits {
                    let text = format!("{label} has more than {MAX_CELL} bytes");
                    return Err(Error::new(ErrorKind::Query, text).with_hint(
                        "a cell is too small for it: give OutputFile => 'path', or read it by \
                         DownloadFileChunk",
                    ));
                }
                data.extend_from_slice(&body);
                Ok(data)
            }
        })
        .await?;
    Ok(vec![vec![data.freeze().into()]])
}

async fn download_chunk(call: Call) -> Result<Vec<Row>> {
    let (model, file) = find(&call).await?;
    let id = call.arguments.required("ChunkId")?;
    let chunk = Chunk { id: id.to_owned() };
    let (client, observer) = (&call.connection.client, call.observer.as_ref());
    let data = client.chunk(&model, file.id.as_str(), &chunk, None, observer).await;
    let data: Bytes = data.map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            let text = format!("{} has no chunk {id} for this user", label(&file.name));
            Error::new(ErrorKind::NotFound, text)
                .with_source(error)
                .with_hint("chunks are numbered from 0; content is kept for 48 hours")
        }
        _ => error.context(format!("chunk {id} of {} can't be read", label(&file.name))),
    })?;
    Ok(vec![vec![data.into()]])
}

/// Where a download comes from.
struct Source<'a> {
    place: (&'a ModelId, &'a str),
    name: &'a str,
    /// How many chunks an upload has announced.
    announced: Option<i64>,
}

/// What was written to a local file.
struct Saved {
    chunks: usize,
    bytes: u64,
}

/// Downloads a file into its local place. What was there before stays until all has come. `each`
/// sees every piece; `check` has the last word.
async fn save(
    call: &Call,
    Source { place, name, announced }: Source<'_>,
    sink: Sink,
    mut each: impl FnMut(&[u8]) + Send,
    check: impl Future<Output = Result<()>> + Send,
) -> Result<Saved> {
    let progress = call.connection.progress.scan(name);
    let (client, observer) = (&call.connection.client, Arc::clone(&call.observer));
    let ears = (observer, Some(progress));
    let mut coming = download(client, place, &label(name), announced, ears).await?;
    let mut bytes = 0;
    while let Some(body) = coming.bodies.try_next().await? {
        bytes += body.len() as u64;
        each(&body);
        sink.write(body).await?;
    }
    check.await?;
    sink.commit()?;
    Ok(Saved { chunks: coming.chunks, bytes })
}

/// Where the file of an export goes.
pub(super) struct Output {
    sink: Sink,
    /// The form of the file, if it is text.
    form: Option<TextForm>,
}

impl Output {
    /// Opens a local file.
    ///
    /// # Errors
    /// Kind [`Io`](ErrorKind::Io) when it can't be written there.
    pub(super) fn open(name: &str) -> Result<Self> {
        Ok(Self { sink: Sink::open(name)?, form: None })
    }

    /// Learns the form of what an export will write.
    ///
    /// # Errors
    /// As every call.
    pub(super) async fn for_export(self, call: &Call, (model, id): &ExportKey) -> Result<Self> {
        let (client, observer) = (&call.connection.client, Arc::clone(&call.observer));
        let metadata = client.export_metadata(model, id, observer).await?;
        Ok(Self { form: metadata.is_text().then(|| TextForm::of_export(&metadata)), ..self })
    }

    /// Downloads what a run of an export has written, and gives the number of its rows, if it is
    /// text.
    ///
    /// # Errors
    /// As [`download`], also when another run has replaced the file.
    pub(super) async fn save(
        self,
        call: &Call,
        key: &ExportKey,
        (name, run): (&str, &TaskId),
    ) -> Result<Cell> {
        let mut counter = self.form.map(RecordCounter::new);
        let count = |piece: &[u8]| {
            if let Some(counter) = &mut counter {
                counter.push(piece);
            }
        };
        let Call { connection, .. } = call;
        let (model, id) = key;
        let check = async {
            if connection.runs.is_replaced(&connection.client, key, run).await {
                let text = format!("the file of export \"{name}\" was replaced by another run");
                return Err(Error::new(ErrorKind::Data, text)
                    .with_hint("runs of one export by one user must not overlap: run it again"));
            }
            Ok(())
        };
        let from = Source { place: (model, id.as_str()), name, announced: None };
        save(call, from, self.sink, count, check).await?;
        // The first line is the header.
        Ok(counter.map_or(Cell::Null, |counter| total(counter.count().saturating_sub(1))))
    }
}

fn label(name: &str) -> String {
    format!("file \"{name}\"")
}

fn count(number: usize) -> Cell {
    total(number as u64)
}

fn total(number: u64) -> Cell {
    i64::try_from(number).ok().into()
}
