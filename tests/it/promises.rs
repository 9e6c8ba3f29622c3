//! What the golden files promise is whole.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn schema(file: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema").join(file);
    fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

/// The fields of a type in the SDL.
fn fields(sdl: &str, name: &str) -> BTreeSet<String> {
    let start = sdl.find(&format!("type {name} {{")).unwrap();
    let body = &sdl[start..start + sdl[start..].find("\n}").unwrap()];
    let mut inside_words = false;
    let mut found = BTreeSet::new();
    for line in body.lines().skip(1).map(str::trim) {
        if line.starts_with("\"\"\"") {
            inside_words = !(inside_words || line.len() > 3 && line.ends_with("\"\"\""));
            continue;
        }
        if !inside_words && let Some(end) = line.find(['(', ':']) {
            found.insert(line[..end].to_owned());
        }
    }
    found
}

#[test]
fn every_mutation_has_a_row_in_the_access_matrix() {
    let sdl = schema("schema.rehearsal.graphql");
    let rows: BTreeSet<String> = jiebang_platform::matrix::fields()
        .iter()
        .filter_map(|row| row.strip_prefix("Mutation."))
        .map(str::to_owned)
        .collect();
    let missing: Vec<_> = fields(&sdl, "Mutation").into_iter().filter(|field| !rows.contains(field)).collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
    let unknown: Vec<_> =
        rows.iter().filter(|row| !row.contains('(') && !fields(&sdl, "Mutation").contains(*row)).collect();
    assert!(unknown.is_empty(), "rows for what is no mutation: {unknown:?}");
}

#[test]
fn the_matrix_is_answered_everywhere() {
    let page = jiebang_platform::matrix::page();
    assert!(!page.contains('?'), "a cell has no answer");
    assert_eq!(page, schema("access.txt"), "mend it with: jiebang schema --write");
}

#[test]
fn the_clock_is_moved_in_a_rehearsal_only() {
    assert!(!schema("schema.graphql").contains("setClock"));
    assert!(schema("schema.rehearsal.graphql").contains("setClock"));
}
