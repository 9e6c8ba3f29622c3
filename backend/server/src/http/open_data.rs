//! Open data, for everybody: a challenge as a release package of the Open Contracting Data Standard, and the index of them.

use std::sync::Arc;

use form_urlencoded::Serializer;
use jiebang_platform::base::{self, Error, PageRequest};
use jiebang_platform::opendata::ocds::{self, Publisher, challenge_of, ocid};
use jiebang_platform::opendata::read;
use poem::http::header;
use poem::{Endpoint, Request, Response, Result};
use serde_json::{Value, json};

use super::Doors;
use super::graphql::came;
use super::pages::refused;
use crate::graphql::context::Came;
use crate::graphql::error;

const PATH: &str = "/open-data/ocds";
/// So many processes stand on one page of the index, where it is not said how many.
const FIRST: i32 = 50;
/// New releases are to be seen soon; whoever asks again at once need not.
const CACHE: &str = "public, max-age=60";

/// The text of an answer.
type Answered = base::Result<String>;

/// `GET /open-data/ocds/OCID`: the releases of one challenge.
pub(super) struct Package(pub(super) Arc<Doors>);

impl Endpoint for Package {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let came = came(&request, self.0.proxies);
        let wanted = request.path_params::<String>().unwrap_or_default();
        Ok(told(self.package(&wanted).await, &came))
    }
}

impl Package {
    async fn package(&self, wanted: &str) -> Answered {
        let app = &self.0.app;
        let site = &app.settings.open_data;
        let challenge = challenge_of(&site.prefix, wanted).ok_or(Error::Hidden)?;
        let releases = app.db.while_alive(read::of_challenge(app.db.read(), site, challenge)).await.flatten()?;
        let package = ocds::Package {
            uri: format!("{}{PATH}/{}", site.address, ocid(&site.prefix, challenge)),
            version: ocds::VERSION,
            published_date: releases.iter().map(|release| release.date).max().ok_or(Error::Hidden)?,
            publisher: Publisher { name: site.publisher.clone(), uri: site.address.clone() },
            license: site.license.clone(),
            publication_policy: site.policy.clone(),
            releases,
        };
        Ok(serde_json::to_string(&package)?)
    }
}

/// `GET /open-data/ocds?first=…&after=…`: where the packages are, in the order in which challenges were published.
pub(super) struct Index(pub(super) Arc<Doors>);

impl Endpoint for Index {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let came = came(&request, self.0.proxies);
        let query = request.uri().query().unwrap_or_default();
        let given =
            |wanted| form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted).map(|(_, text)| text);
        let (first, after) = (given("first"), given("after"));
        Ok(told(self.page(first.as_deref(), after.as_deref()).await, &came))
    }
}

impl Index {
    async fn page(&self, first: Option<&str>, after: Option<&str>) -> Answered {
        let app = &self.0.app;
        let site = &app.settings.open_data;
        // What is no number is none of one to a hundred.
        let first = first.map_or(FIRST, |text| text.parse().unwrap_or_default());
        let wanted = PageRequest::read(first, after)?;
        let page = app.db.while_alive(read::index(app.db.read(), site, &wanted)).await.flatten()?;
        let behind = page.rows.last().map(|(cursor, _)| cursor.text()).filter(|_| page.has_next);
        let next = behind.map(|cursor| {
            let (first, after) = (first.to_string(), cursor);
            let query =
                Serializer::new(String::new()).append_pair("first", &first).append_pair("after", &after).finish();
            format!("{}{PATH}?{query}", site.address)
        });
        let one = |listed: &read::Listed| {
            json!({
                "ocid": listed.ocid, "title": listed.title, "uri": format!("{}{PATH}/{}", site.address, listed.ocid),
                "published": listed.published, "lastRelease": listed.released,
            })
        };
        let processes: Vec<Value> = page.rows.iter().map(|(_, listed)| one(listed)).collect();
        Ok(json!({ "publisher": site.publisher, "processes": processes, "next": next }).to_string())
    }
}

fn told(found: Answered, came: &Came) -> Response {
    match found {
        Ok(body) => Response::builder()
            .content_type("application/json; charset=utf-8")
            .header(header::CACHE_CONTROL, CACHE)
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            // Nobody is asked who they are, so other sites' pages may read it too.
            .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
            .body(body),
        Err(fault) => refused(&error::told(&fault, came)),
    }
}
