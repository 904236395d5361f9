//! Reads the archive of a `.keras` file, and recognizes files of other kinds.

use super::{KerasFileError, KerasModel};
use regularize_core::{SHOWN, visible};
use std::io::{self, Read, Seek, SeekFrom};
use zip::ZipArchive;
use zip::result::ZipError;

pub(super) const CONFIG: &str = "config.json";
pub(super) const METADATA: &str = "metadata.json";

/// A `.keras` file.
pub(super) struct Archive<F>(ZipArchive<F>);

impl<F: Read + Seek> Archive<F> {
    pub(super) fn open(mut file: F) -> Result<Self, KerasFileError> {
        // Looked at first: the search for an archive reads through the file, and takes it.
        let found = begin(&mut file).map_err(unreadable)?;
        match ZipArchive::new(file) {
            Ok(archive) => Ok(Self(archive)),
            Err(ZipError::Io(error)) => Err(unreadable(error)),
            Err(error) => Err(foreign(&found, &error)),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.index_for_name(name).is_some()
    }

    /// Unpacks the text of a file in it.
    pub(super) fn text(&mut self, name: &'static str) -> Result<String, KerasFileError> {
        if !self.has(name) {
            return Err(KerasFileError::Archive(self.without(name)));
        }
        let most = KerasModel::MOST_UNPACKED;
        let file = self.0.by_name(name).map_err(broken)?;
        let mut bytes = Vec::new();
        file.take(most + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() as u64 > most {
            return Err(KerasFileError::TooLong { name, most });
        }
        String::from_utf8(bytes).map_err(|_| KerasFileError::Json(format!("{name} is not UTF-8")))
    }

    /// Says that a file is missing, and names the first files of the archive.
    fn without(&self, name: &str) -> String {
        const NAMED: usize = 3;
        let names: Vec<String> = (0..self.0.len().min(NAMED))
            .filter_map(|index| self.0.name_for_index(index)?.ok())
            .map(|name| visible(&name, SHOWN).to_string())
            .collect();
        let more = match self.0.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let has = match names.is_empty() {
            true => "is empty".to_owned(),
            false => format!("has {}{more}", names.join(", ")),
        };
        format!("it is an archive without {name}, which {has}: {SAVE}")
    }
}

/// The advice for a model in a file of another kind.
const SAVE: &str = "load the model in Python, and call `model.save(\"model.keras\")`";

/// Reads the first bytes of a file, and goes back to its begin.
fn begin<F: Read + Seek>(file: &mut F) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.by_ref().take(256).read_to_end(&mut bytes)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(bytes)
}

/// Recognizes a file of another kind by its first bytes.
fn foreign(begin: &[u8], error: &ZipError) -> KerasFileError {
    const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";
    let text = str::from_utf8(begin).ok().or_else(|| {
        // The last character may be cut.
        let cut = str::from_utf8(begin).err()?;
        let whole = begin.get(..cut.valid_up_to())?;
        str::from_utf8(whole)
            .ok()
            .filter(|_| cut.error_len().is_none())
    });
    let text = text.filter(|text| !text.contains('\0'));
    KerasFileError::Archive(match (begin, text) {
        ([], _) => "it is empty".into(),
        (begin, _) if begin.starts_with(HDF5) => return KerasFileError::Hdf5,
        ([b'P', b'K', 3 | 5, 4 | 6, ..], _) => {
            let error = error.to_string();
            format!(
                "it is an archive that is cut short or damaged ({}): copy it again",
                visible(&error, SHOWN)
            )
        }
        // The protocols of pickle since Python 2.3.
        ([0x80, 2..=5, ..], _) => format!("it is a pickle of Python: {SAVE}"),
        (_, Some(text)) if text.trim_start().starts_with(['{', '[']) => {
            "it is JSON: read it with `KerasModel::from_json`".into()
        }
        (_, Some(text)) => {
            let line = text.trim_start().lines().next().unwrap_or_default();
            format!(
                "it is a text that begins with \"{}\": {SAVE}",
                visible(line, SHOWN)
            )
        }
        _ => format!("it is not a zip archive: {SAVE}"),
    })
}

fn broken(error: ZipError) -> KerasFileError {
    let error = error.to_string();
    KerasFileError::Archive(format!("{}", visible(&error, SHOWN)))
}

fn unreadable(error: io::Error) -> KerasFileError {
    KerasFileError::Archive(match error.kind() {
        io::ErrorKind::IsADirectory => {
            format!("it is a folder, as a SavedModel of TensorFlow is: {SAVE}")
        }
        _ => visible(&error.to_string(), SHOWN).to_string(),
    })
}
