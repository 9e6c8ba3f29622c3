//! What the golden files promise is whole.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jiebang_platform::matrix;

fn schema(file: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema").join(file);
    fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

/// `Type.field` of every object type in the SDL, the connections of all lists as one.
fn fields(sdl: &str) -> BTreeSet<String> {
    let (mut of, mut inside_words) = (None, false);
    let mut found = BTreeSet::new();
    for line in sdl.lines() {
        let text = line.trim();
        if text.starts_with("\"\"\"") {
            inside_words = !(inside_words || text.len() > 3 && text.ends_with("\"\"\""));
        } else if inside_words {
        } else if let Some(opened) = line.strip_prefix("type ") {
            let name = opened.split([' ', '{']).next().unwrap();
            let list = ["Connection", "Edge"].into_iter().find(|end| name.ends_with(end));
            of = Some(list.map_or_else(|| name.to_owned(), |end| format!("…{end}")));
        } else if line == "}" {
            of = None;
        } else if let (Some(of), Some(end)) = (&of, text.find(['(', ':'])) {
            found.insert(format!("{of}.{}", &text[..end]));
        }
    }
    found
}

#[test]
fn every_field_has_a_row_in_the_access_matrix_or_needs_none() {
    let there = fields(&schema("schema.rehearsal.graphql"));
    let rows: BTreeSet<String> = matrix::fields().iter().map(|row| row.split('(').next().unwrap().to_owned()).collect();
    let declared = matrix::declared();
    assert!(there.contains("Mutation.submitBid") && there.contains("…Edge.node"), "the SDL is read wrongly");
    let missing: Vec<_> = there.iter().filter(|field| !rows.contains(*field) && !declared.contains(*field)).collect();
    assert!(missing.is_empty(), "no row in matrix/rows.rs, nor declared in matrix/declared.rs: {missing:?}");
    let twice: Vec<_> = rows.intersection(&declared).collect();
    assert!(twice.is_empty(), "both with a row and declared to need none: {twice:?}");
    let unknown: Vec<_> = rows.union(&declared).filter(|field| !there.contains(*field)).collect();
    assert!(unknown.is_empty(), "what is no field: {unknown:?}");
    let acts: Vec<_> = declared.iter().filter(|field| field.starts_with("Mutation.")).collect();
    assert!(acts.is_empty(), "every mutation has a row: {acts:?}");
}

#[test]
fn the_matrix_is_answered_everywhere() {
    let page = matrix::page();
    assert!(!page.contains('?'), "a cell has no answer");
    assert_eq!(page, schema("access.txt"), "mend it with: jiebang schema --write");
}

#[test]
fn the_clock_is_moved_in_a_rehearsal_only() {
    assert!(!schema("schema.graphql").contains("setClock"));
    assert!(schema("schema.rehearsal.graphql").contains("setClock"));
}
