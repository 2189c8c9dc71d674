//! Writes down what HTTP gateways verify of the pages.

use ic_certification::{SubtreeLookupResult, labeled, pruned};
use ic_http_certification::{
    CERTIFICATE_EXPRESSION_HEADER_NAME, DefaultCelBuilder, DefaultResponseCertification,
    DefaultResponseOnlyCelExpression, HttpCertification, HttpCertificationPath,
    HttpCertificationTree, HttpCertificationTreeEntry, HttpResponse, StatusCode,
    utils::cbor_encode_to_base64,
};
use ic_http_types::HttpResponse as Answer;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

#[allow(dead_code, reason = "the module needs more of it")]
#[path = "../src/http/response.rs"]
mod response;
#[path = "../src/http/style.rs"]
mod style;

use response::{Refusal, Reply};

/// Constants for `src/http/certified.rs`, and for `src/gate/certification.rs`.
pub fn constants() -> [String; 2] {
    let full = DefaultCelBuilder::response_only_certification()
        .with_response_certification(all_headers())
        .build();
    // All answers at this address.
    let mut answers = [
        Reply::style().finish(false),
        Reply::style().finish(true),
        Reply::refused(Refusal::Method).finish(false),
    ]
    .map(|answer| certified(&full, answer));
    // In the order that a hash tree needs.
    answers.sort_by_key(|(hash, _)| *hash);
    let style_path = HttpCertificationPath::exact(style::PATH);
    let skip_path = HttpCertificationPath::wildcard("");

    let mut tree = HttpCertificationTree::default();
    for (_, certification) in answers {
        tree.insert(&HttpCertificationTreeEntry::new(&style_path, certification));
    }
    tree.insert(&HttpCertificationTreeEntry::new(&skip_path, HttpCertification::skip()));
    let hashes = answers.map(|(hash, _)| hash);
    let mut constants = String::new();
    let skip = DefaultCelBuilder::skip_certification().to_string();
    for (name, what, text, path) in [
        (
            "STYLE",
            "the answers at the address of the style sheet are certified",
            full.to_string(),
            style_path,
        ),
        ("SKIP", "every other answer says that it is not", skip, skip_path),
    ] {
        let (text_hash, path) =
            (Sha256::digest(&text), cbor_encode_to_base64(&path.to_expr_path()));
        writeln!(
            constants,
            "/// How {what}.\npub const {name}: Expression = Expression {{ text: {text:?}, hash: {text_hash:?}, path: {path:?} }};"
        )
        .expect("a string takes all");
    }
    let content = match tree.as_hash_tree().lookup_subtree(["http_expr"]) {
        SubtreeLookupResult::Found(content) => content.digest(),
        _ => panic!("the tree has one label"),
    };
    let label = labeled("http_expr", pruned(content)).digest();
    writeln!(
        constants,
        "/// The digests of the answers at the address of the style sheet, in their order.\npub const STYLE_HASHES: [Hash; 3] = {hashes:?};"
    )
    .expect("a string takes all");
    let mut digests = String::new();
    for (name, what, hash) in [
        ("CONTENT", "what is below the label `http_expr`", content),
        ("LABEL", "that label with what is below it", label),
    ] {
        writeln!(digests, "/// The digest of {what}.\npub(crate) const {name}: Hash = {hash:?};")
            .expect("a string takes all");
    }
    [constants, digests]
}

type Certified = ([u8; 32], HttpCertification);

/// An answer with its digest.
fn certified(expression: &DefaultResponseOnlyCelExpression<'_>, answer: Answer) -> Certified {
    let Answer { status_code, mut headers, body } = answer;
    headers.push((CERTIFICATE_EXPRESSION_HEADER_NAME.to_string(), expression.to_string()));
    let response = HttpResponse::builder()
        .with_status_code(StatusCode::from_u16(status_code).expect("a status"))
        .with_headers(headers)
        .with_body(body.into_vec())
        .build();
    let certification = HttpCertification::response_only(expression, &response, None)
        .expect("the answer can be certified");
    let hash = ic_http_certification::response_hash(&response, &all_headers(), None);
    (hash, certification)
}

fn all_headers() -> DefaultResponseCertification<'static> {
    DefaultResponseCertification::response_header_exclusions(Vec::new())
}
