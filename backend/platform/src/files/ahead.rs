//! A disk begins with what was written while more comes. Otherwise all of a file waits in memory until its end, and whoever brought it waits
//! for the disk then.

use std::io;
use std::path::PathBuf;

use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{Files, Shelf};

/// After so many bytes.
const STRETCH: u64 = 4 * 1024 * 1024;

/// What is still to be sent ahead of one object. Where that fails nothing is lost: the end waits for all of it, and the library's own
/// descriptor, which was open before, is told of what a disk could not take.
pub(super) struct Ahead {
    /// Where `object_store` writes what is not whole yet; none in a store that is no folder.
    path: Option<PathBuf>,
    since: u64,
    going: Option<JoinHandle<io::Result<()>>>,
}

impl Ahead {
    pub(super) fn of(files: &Files, shelf: Shelf, id: Uuid) -> Self {
        let path = files.folder.as_ref().map(|folder| folder.join(shelf.name()).join(format!("{id}#1")));
        Self { path, since: 0, going: None }
    }

    /// So many bytes more were written.
    pub(super) fn wrote(&mut self, bytes: u64) {
        self.since += bytes;
        let Some(path) = self.path.as_ref().filter(|_| self.since >= STRETCH) else { return };
        if self.going.as_ref().is_some_and(|going| !going.is_finished()) {
            return;
        }
        self.since = 0;
        let path = path.clone();
        self.going = Some(tokio::task::spawn_blocking(move || std::fs::File::open(path)?.sync_data()));
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    /// Where the library writes is its own affair: if that changes, nothing fails but this.
    #[tokio::test]
    async fn what_is_on_its_way_is_found() {
        let folder = tempfile::TempDir::new().unwrap();
        let files = Files::in_folder(folder.path()).unwrap().within(Uuid::from_u128(1));
        let id = Uuid::from_u128(2);
        let (mut ahead, mut writer) = (Ahead::of(&files, Shelf::Parts, id), files.writer(Shelf::Parts, id));
        let bytes = vec![7; 1 + STRETCH as usize / 2];
        for sent in [false, true] {
            writer.write_all(&bytes).await.unwrap();
            ahead.wrote(bytes.len() as u64);
            assert_eq!(ahead.going.is_some(), sent);
        }
        ahead.going.unwrap().await.unwrap().unwrap();
        writer.shutdown().await.unwrap();
        assert_eq!(files.read(Shelf::Parts, id).await.unwrap().map(|bytes| bytes.len()), Some(2 * bytes.len()));
    }
}
