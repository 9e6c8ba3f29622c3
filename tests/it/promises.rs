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
    let start = sdl.find(&format!("\ntype {name} ")).unwrap() + 1;
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

/// Every field of every object type, as `Type.field`; what a mutation answers its caller, and the parts of a list, aside.
fn all_fields(sdl: &str) -> BTreeSet<String> {
    let types = sdl.lines().filter_map(|line| line.strip_prefix("type ")?.split([' ', '{']).next());
    let parts = ["Payload", "Connection", "Edge", "PageInfo"];
    let types = types.filter(|name| !parts.iter().any(|part| name.ends_with(part)));
    types.flat_map(|name| fields(sdl, name).into_iter().map(move |field| format!("{name}.{field}"))).collect()
}

#[test]
fn every_mutation_and_every_field_has_its_place_in_the_access_matrix() {
    let all = all_fields(&schema("schema.rehearsal.graphql"));
    let (protected, public) = (jiebang_platform::matrix::protected(), jiebang_platform::matrix::public());
    let both: Vec<_> = protected.intersection(&public).collect();
    assert!(both.is_empty(), "protected and public: {both:?}");
    let known: BTreeSet<String> = protected.union(&public).cloned().collect();
    let missing: Vec<_> = all.difference(&known).collect();
    assert!(missing.is_empty(), "neither a row nor declared public with their parent: {missing:?}");
    let unknown: Vec<_> = known.difference(&all).collect();
    assert!(unknown.is_empty(), "no such fields: {unknown:?}");
    assert!(public.iter().all(|field| !field.starts_with("Mutation.")));
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
