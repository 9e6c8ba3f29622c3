//! A look at a document before it is parsed: the parser recurses without a bound into lists and objects, and a stack that
//! overflows takes the process with it.

use jiebang_platform::base::{Error, Result};

const MOST_BYTES: usize = 16 * 1024;
const MOST_DEEP: usize = 40;

/// Refuses a document that is too long or whose brackets nest too deep; strings and comments are skipped.
pub fn check(document: &str) -> Result<()> {
    if document.len() > MOST_BYTES {
        return Err(Error::TooComplex);
    }
    let mut rest = document.as_bytes();
    let mut deep = 0usize;
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'"' if after.starts_with(br#""""#) => skip_block(after.get(2..).unwrap_or_default()),
            b'"' => skip_string(after),
            b'#' => skip_line(after),
            b'{' | b'[' | b'(' => {
                deep += 1;
                if deep > MOST_DEEP {
                    return Err(Error::TooComplex);
                }
                after
            }
            b'}' | b']' | b')' => {
                deep = deep.saturating_sub(1);
                after
            }
            _ => after,
        };
    }
    Ok(())
}

/// A string ends at its quote, and at a line's end if that comes first.
fn skip_string(mut rest: &[u8]) -> &[u8] {
    loop {
        match rest {
            [b'\\', _, after @ ..] | [_, after @ ..] if !matches!(rest.first(), Some(b'"' | b'\n' | b'\r')) => {
                rest = after
            }
            [_, after @ ..] => return after,
            [] => return rest,
        }
    }
}

/// A block string ends at three quotes that are not escaped.
fn skip_block(mut rest: &[u8]) -> &[u8] {
    loop {
        match rest {
            [b'\\', b'"', b'"', b'"', after @ ..] => rest = after,
            [b'"', b'"', b'"', after @ ..] => return after,
            [_, after @ ..] => rest = after,
            [] => return rest,
        }
    }
}

fn skip_line(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
    rest.get(end..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_bounded_outside_strings() {
        let nested = |depth: usize| format!("{{ a(b: {}{}) }}", "[".repeat(depth), "]".repeat(depth));
        assert!(check(&nested(MOST_DEEP - 2)).is_ok());
        assert!(check(&nested(MOST_DEEP - 1)).is_err());
        let many = "[".repeat(2_000);
        assert!(check(&format!("{{ a(b: {many}")).is_err());
        assert!(check(&format!("{{ a(b: \"{many}\\\"{many}\") }}")).is_ok());
        assert!(check(&format!("{{ a(b: \"\"\"{many}\\\"\"\"{many}\"{many}\"\"\") }}")).is_ok());
        assert!(check(&format!("{{ a # {many}\n }}")).is_ok());
        assert!(check(&format!("{{ a # x\n {many} }}")).is_err());
        assert!(check(&format!("{{ a(b: \"\\\\\" c: {many}")).is_err());
        assert!(check(&format!("{{ a(b: \"\" c: {many}")).is_err());
        assert!(check(&" ".repeat(MOST_BYTES + 1)).is_err());
    }
}
