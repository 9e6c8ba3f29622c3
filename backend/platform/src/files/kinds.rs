//! Which files are taken, by name and by content. Pure. Nothing here opens a file: what is taken is kept as it came and handed out as an
//! attachment.

/// A kind of file.
pub(crate) struct Kind {
    /// How the names of such files end.
    endings: &'static [&'static str],
    pub(crate) media_type: &'static str,
    signature: Signature,
}

/// How such files look.
enum Signature {
    /// They begin with these bytes.
    Begins(&'static [u8]),
    /// They are ZIP archives that hold such a name.
    Holds(&'static [u8]),
    /// They are readable as they are.
    Text,
}

/// How much of a file is looked at.
pub(crate) const HEAD: usize = 64 * 1024;

/// What is taken: documents and pictures that are only looked at, none that runs, refers elsewhere by its kind, or holds other files. OFD
/// is GB/T 33190, the others are ISO 32000, ISO/IEC 29500, ISO/IEC 15948 and 10918.
const KINDS: [Kind; 8] = [
    Kind { endings: &["pdf"], media_type: "application/pdf", signature: Signature::Begins(b"%PDF-") },
    Kind { endings: &["ofd"], media_type: "application/ofd", signature: Signature::Holds(b"OFD.xml") },
    Kind {
        endings: &["docx"],
        media_type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        signature: Signature::Holds(b"word/"),
    },
    Kind {
        endings: &["xlsx"],
        media_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        signature: Signature::Holds(b"xl/"),
    },
    Kind {
        endings: &["pptx"],
        media_type: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        signature: Signature::Holds(b"ppt/"),
    },
    Kind { endings: &["png"], media_type: "image/png", signature: Signature::Begins(b"\x89PNG\r\n\x1a\n") },
    Kind { endings: &["jpg", "jpeg"], media_type: "image/jpeg", signature: Signature::Begins(b"\xff\xd8\xff") },
    Kind { endings: &["txt", "csv", "md"], media_type: "text/plain; charset=utf-8", signature: Signature::Text },
];

/// The kind that a name says.
pub(crate) fn by_name(name: &str) -> Option<&'static Kind> {
    let (stem, ending) = name.rsplit_once('.')?;
    let ending = ending.to_lowercase();
    KINDS.iter().find(|kind| !stem.is_empty() && kind.endings.contains(&ending.as_str()))
}

/// Of a media type that was kept.
pub(crate) fn by_media_type(media_type: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.media_type == media_type)
}

/// How names may end, for people.
pub(crate) fn endings() -> String {
    KINDS.iter().flat_map(|kind| kind.endings).copied().collect::<Vec<_>>().join(", ")
}

impl Kind {
    /// Whether what begins so may be a file of this kind; `whole`: there is no more of it.
    pub(crate) fn fits(&self, head: &[u8], whole: bool) -> bool {
        match self.signature {
            Signature::Begins(with) => head.starts_with(with),
            Signature::Holds(name) => {
                head.starts_with(b"PK\x03\x04") && head.windows(name.len()).any(|window| window == name)
            }
            // A letter may be cut in two where the head ends.
            Signature::Text => {
                !head.contains(&0)
                    && std::str::from_utf8(head).err().is_none_or(|fault| !whole && fault.error_len().is_none())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_is_what_its_name_says_or_is_not_taken() {
        let zip = |name: &str| [b"PK\x03\x04".as_slice(), &[0; 22], &[0; 4], name.as_bytes()].concat();
        let files: [(&str, Vec<u8>); 5] = [
            ("pdf", b"%PDF-1.7\n".to_vec()),
            ("png", b"\x89PNG\r\n\x1a\n".to_vec()),
            ("jpg", b"\xff\xd8\xff\xe0".to_vec()),
            ("txt", "方案".as_bytes().to_vec()),
            ("ofd", zip("OFD.xml")),
        ];
        for (ending, head) in &files {
            for (other, _) in &files {
                let kind = by_name(&format!("x.{other}")).unwrap();
                // The beginning of a PDF is readable, too.
                let fits = ending == other || (*ending, *other) == ("pdf", "txt");
                assert_eq!(kind.fits(head, true), fits, "{ending} as {other}");
            }
        }
        for name in ["x", "x.", ".pdf", "x.exe", "x.html", "x.svg", "x.pdf.zip", "x.docm", "x.js", "pdf"] {
            assert!(by_name(name).is_none(), "{name}");
        }
        assert_eq!(by_name("方案.PDF").unwrap().media_type, "application/pdf");
        // A letter that is cut in two is the head's fault, not the file's.
        let text = by_name("x.md").unwrap();
        assert!(text.fits(&"方案".as_bytes()[..4], false) && !text.fits(&"方案".as_bytes()[..4], true));
        assert!(!text.fits(b"a\0b", false) && !text.fits(b"\xff\xfe", false) && text.fits(b"", true));
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer(head in prop::collection::vec(any::<u8>(), 0..200), whole: bool, kind in 0..KINDS.len()) {
            let _ = KINDS[kind].fits(&head, whole);
        }
    }
}
