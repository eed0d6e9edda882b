//! The form of the file that an import reads.

use encoding_rs::Encoding;

use crate::client::model::ImportSource;
use crate::error::{Error, ErrorKind, Result};
use crate::transfer::TextForm;

/// How the text of a file is laid out, so that it can be written.
#[derive(Debug, Clone)]
pub(crate) struct FileForm {
    /// The names of the columns, in the order of the file.
    pub(crate) names: Vec<String>,
    /// What stands between fields.
    pub(crate) separator: String,
    /// What stands around fields that need it, if anything does.
    pub(crate) delimiter: Option<char>,
    /// What stands before the decimals of numbers.
    pub(crate) decimal_separator: String,
    /// The characters.
    pub(crate) encoding: TextEncoding,
    /// Lines before the one that names the columns; None if no line does.
    pub(crate) before_header: Option<u64>,
    /// Lines between that, or the beginning, and the first row.
    pub(crate) before_rows: u64,
}

/// How characters become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextEncoding {
    /// UTF-8.
    Utf8,
    /// Each character one byte, those that Unicode has first.
    Latin1,
    /// Two bytes for most characters, the lower first.
    Utf16Le,
    /// One of the older ones.
    Other(&'static Encoding),
}

/// Lines of a header; more would be a mistake of somebody's.
const MOST_LINES: i64 = 1000;

impl FileForm {
    /// The form that the service tells.
    ///
    /// # Errors
    /// Kind [`Unsupported`](ErrorKind::Unsupported) when such a file can't be written.
    pub(crate) fn try_new(source: &ImportSource) -> Result<Self> {
        let separator = match source.column_separator.as_deref() {
            None | Some("") => ",",
            // The service writes a tab as itself or so.
            Some("\\t") => "\t",
            Some(text) => text,
        };
        let delimiter = match source.text_delimiter.as_deref() {
            None => Some('"'),
            Some(text) => text.chars().next(),
        };
        let decimal_separator = match source.decimal_separator.as_deref() {
            None | Some("") => ".",
            Some(text) => text,
        };
        // A file without settings has its header on top.
        let header = source.header_row.filter(|row| *row >= 0).unwrap_or(1);
        let first = source.first_data_row.filter(|row| *row > header).unwrap_or(header + 1);
        if header > MOST_LINES || first > MOST_LINES {
            let text = format!("its rows begin on line {first}, below {}", first - 1);
            return Err(Error::new(ErrorKind::Unsupported, text));
        }
        let count = |lines: i64| u64::try_from(lines).unwrap_or(0);
        Ok(Self {
            names: source.header_names.clone(),
            separator: separator.to_owned(),
            delimiter,
            decimal_separator: decimal_separator.to_owned(),
            encoding: TextEncoding::try_from_name(source.text_encoding.as_deref())?,
            before_header: (header > 0).then(|| count(header - 1)),
            before_rows: count(first - header - 1),
        })
    }

    /// What tells records apart in the file.
    pub(crate) fn text_form(&self) -> TextForm {
        let byte = |c: char| u8::try_from(c).ok().filter(u8::is_ascii);
        TextForm {
            separator: self.separator.parse().ok().and_then(byte),
            delimiter: self.delimiter.and_then(byte),
            wide: self.encoding == TextEncoding::Utf16Le,
        }
    }
}

impl TextEncoding {
    fn try_from_name(name: Option<&str>) -> Result<Self> {
        let name = name.unwrap_or("UTF-8");
        let plain: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let unwritable = || {
            Error::new(ErrorKind::Unsupported, format!("its encoding {name:?} can't be written"))
                .with_hint("have a model builder choose UTF-8 in the import's source")
        };
        Ok(match plain.as_str() {
            "" | "utf8" => Self::Utf8,
            // What browsers take for it has other characters besides.
            "iso88591" | "latin1" => Self::Latin1,
            "utf16le" | "utf16" => Self::Utf16Le,
            _ => {
                let encoding = Encoding::for_label(name.as_bytes()).ok_or_else(unwritable)?;
                // Those that nobody writes any more have no encoder of their own.
                if encoding.output_encoding() != encoding {
                    return Err(unwritable());
                }
                Self::Other(encoding)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(json: serde_json::Value) -> Result<FileForm> {
        FileForm::try_new(&serde_json::from_value(json).expect("a source"))
    }

    #[test]
    fn what_is_left_out_is_as_in_every_csv_file() {
        let found = form(serde_json::json!({"headerNames": ["A"]})).expect("it is plain");
        assert_eq!((found.separator.as_str(), found.delimiter), (",", Some('"')));
        assert_eq!((found.decimal_separator.as_str(), found.encoding), (".", TextEncoding::Utf8));
        assert_eq!((found.before_header, found.before_rows), (Some(0), 0));
    }

    #[test]
    fn the_services_words_are_understood() {
        let found = form(serde_json::json!({
            "textEncoding": "ISO-8859-1", "columnSeparator": "\\t", "textDelimiter": "",
            "decimalSeparator": ",", "headerRow": 2, "firstDataRow": 4, "headerNames": ["A"]
        }))
        .expect("it is plain");
        assert_eq!((found.separator.as_str(), found.delimiter), ("\t", None));
        assert_eq!((found.decimal_separator.as_str(), found.encoding), (",", TextEncoding::Latin1));
        assert_eq!((found.before_header, found.before_rows), (Some(1), 1));
        let rows = |header: i64, first: i64| {
            let found = form(serde_json::json!({"headerRow": header, "firstDataRow": first}));
            found.map(|it| (it.before_header, it.before_rows)).ok()
        };
        assert_eq!(rows(0, 1), Some((None, 0)));
        assert_eq!(rows(0, 3), Some((None, 2)));
        assert_eq!(rows(-1, -1), Some((Some(0), 0)));
        assert_eq!(rows(3, 1), Some((Some(2), 0)));
        assert_eq!(rows(1, 5_000_000), None);
    }

    #[test]
    fn encodings_are_written_or_refused() {
        let named = |name: &str| TextEncoding::try_from_name(Some(name)).ok();
        assert_eq!(named("utf-8"), Some(TextEncoding::Utf8));
        assert_eq!(named("UTF-16LE"), Some(TextEncoding::Utf16Le));
        assert_eq!(named("windows-1252"), Some(TextEncoding::Other(encoding_rs::WINDOWS_1252)));
        assert_eq!(named("Shift_JIS"), Some(TextEncoding::Other(encoding_rs::SHIFT_JIS)));
        for unknown in ["UTF-16BE", "EBCDIC-DE", "x"] {
            assert_eq!(named(unknown), None, "{unknown}");
        }
    }
}
