//! A person at the door: asks, and is answered or refused.

use std::sync::Arc;

use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderMap, StatusCode};
use poem::test::TestClient;
use serde_json::{Value, json};

use crate::operation;

/// Somebody at the door.
#[derive(Clone)]
pub struct Person {
    endpoint: Arc<BoxEndpoint<'static>>,
    token: Option<String>,
}

/// How a refusal was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The `ErrorCode`.
    pub code: String,
    /// Each faulty field: `path: code`, sorted.
    pub fields: Vec<String>,
    /// The words.
    pub message: String,
}

impl Person {
    pub(crate) fn new(endpoint: Arc<BoxEndpoint<'static>>, token: Option<String>) -> Self {
        Self { endpoint, token }
    }

    /// The access token.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Sends any document; the whole answer.
    pub async fn sends(&self, query: &str, variables: Value) -> (StatusCode, Value) {
        let client = TestClient::new(self.endpoint.clone());
        let mut request = client.post("/graphql").body_json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = request.send().await;
        let status = answer.0.status();
        let body = answer.0.into_body().into_string().await.unwrap();
        (status, serde_json::from_str(&body).unwrap())
    }

    /// Sends any document; the whole answer as it came, its body read.
    pub async fn hears(&self, query: &str) -> (StatusCode, HeaderMap, String) {
        let client = TestClient::new(self.endpoint.clone());
        let mut request = client.post("/graphql").body_json(&json!({ "query": query }));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = request.send().await.0;
        let (status, headers) = (answer.status(), answer.headers().clone());
        (status, headers, answer.into_body().into_string().await.unwrap())
    }

    /// Asks a document of its own and is answered.
    pub async fn asks(&self, query: &str, variables: Value) -> Value {
        let (_, answer) = self.sends(query, variables).await;
        assert!(answer.get("errors").is_none(), "refused: {answer:#}\n{query}");
        answer["data"].clone()
    }

    /// Asks a query of `schema/operations` and is answered: its one field.
    pub async fn reads(&self, name: &str, variables: Value) -> Value {
        let data = self.asks(&operation(name), variables).await;
        data.as_object().unwrap().values().next().unwrap().clone()
    }

    /// Does what a mutation of `schema/operations` says and is answered: the payload.
    pub async fn does(&self, name: &str, input: Value) -> Value {
        self.reads(name, json!({ "input": input })).await
    }

    /// Tries a mutation and is refused.
    pub async fn fails(&self, name: &str, input: Value) -> Refusal {
        self.fails_to_read(name, json!({ "input": input })).await
    }

    /// Asks an operation and is refused.
    pub async fn fails_to_read(&self, name: &str, variables: Value) -> Refusal {
        let (_, answer) = self.sends(&operation(name), variables).await;
        Refusal::of(&answer)
    }

    /// Tries a mutation and is refused with this code.
    pub async fn may_not(&self, name: &str, input: Value, code: &str) {
        let refusal = self.fails(name, input).await;
        assert_eq!(refusal.code, code, "{name}: {refusal:?}");
    }
}

impl Refusal {
    /// Reads the first error of an answer.
    pub fn of(answer: &Value) -> Self {
        let error = &answer["errors"][0];
        assert!(error.is_object(), "not refused: {answer:#}");
        let extensions = &error["extensions"];
        assert!(extensions["requestId"].as_str().is_some_and(|id| !id.is_empty()), "no request id: {answer}");
        let fields = extensions["fields"].as_array().cloned().unwrap_or_default();
        let mut fields: Vec<_> = fields
            .iter()
            .map(|field| {
                assert!(field["message"].as_str().is_some_and(|words| !words.is_empty()));
                format!("{}: {}", field["path"].as_str().unwrap(), field["code"].as_str().unwrap())
            })
            .collect();
        fields.sort();
        Self {
            code: extensions["code"].as_str().unwrap_or_else(|| panic!("no code: {answer}")).to_owned(),
            fields,
            message: error["message"].as_str().unwrap_or_default().to_owned(),
        }
    }
}
