//! The refresh token as a cookie, for browsers: scripts cannot read it, other sites cannot make it travel, and it is honoured
//! only together with a header that no form can send.

use std::time::Duration;

use jiebang_platform::accounts;
use poem::Request;
use poem::http::header;
use poem::web::cookie::{Cookie, SameSite};

const NAME: &str = "jiebang_refresh";
/// A client that sends this header is no form of another site.
const CLIENT: &str = "x-jiebang-client";

/// Sets the cookie. A rehearsal may run without TLS.
pub fn cookie(refresh_token: &str, rehearsal: bool) -> String {
    let life = accounts::ABSOLUTE.to_std().unwrap_or(Duration::ZERO);
    made(refresh_token, life, rehearsal)
}

/// Takes the cookie back.
pub fn no_cookie(rehearsal: bool) -> String {
    made("", Duration::ZERO, rehearsal)
}

fn made(value: &str, life: Duration, rehearsal: bool) -> String {
    let mut cookie = Cookie::new_with_str(NAME, value);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Strict);
    cookie.set_secure(!rehearsal);
    cookie.set_path("/graphql");
    cookie.set_max_age(life);
    cookie.to_string()
}

/// The refresh token of the cookie, if the client may use it.
pub(super) fn refresh_token(request: &Request) -> Option<String> {
    request.headers().get(CLIENT)?;
    request
        .headers()
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| Cookie::parse(cookie.trim()).ok())
        .find(|cookie| cookie.name() == NAME)
        .map(|cookie| cookie.value_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_for_one_path_and_no_script() {
        let set = cookie("token", false);
        for part in ["jiebang_refresh=token", "HttpOnly", "SameSite=Strict", "Secure", "Path=/graphql", "Max-Age=43200"]
        {
            assert!(set.contains(part), "{set}");
        }
        assert!(!cookie("token", true).contains("Secure"));
        assert!(no_cookie(false).contains("Max-Age=0"));
        let request = |client: bool| {
            let request = Request::builder().header("cookie", "a=b; jiebang_refresh=token; c=d");
            if client { request.header(CLIENT, "portal").finish() } else { request.finish() }
        };
        assert_eq!(refresh_token(&request(true)).as_deref(), Some("token"));
        assert_eq!(refresh_token(&request(false)), None);
    }
}
