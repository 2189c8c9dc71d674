//! Writes down what HTTP gateways verify of the pages.

use ic_certification::{SubtreeLookupResult, labeled, pruned};
use ic_http_certification::{
    CERTIFICATE_EXPRESSION_HEADER_NAME, DefaultCelBuilder, DefaultResponseCertification,
    HttpCertification, HttpCertificationPath, HttpCertificationTree, HttpCertificationTreeEntry,
    HttpResponse, utils::cbor_encode_to_base64,
};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

#[path = "../src/http/style.rs"]
mod style;

/// Constants for `src/certification/pages.rs`.
pub fn constants() -> String {
    let full = DefaultCelBuilder::response_only_certification()
        .with_response_certification(all_headers())
        .build();
    let mut headers = style::headers(style::CONTENT_TYPE, style::CACHE_CONTROL);
    headers.push((CERTIFICATE_EXPRESSION_HEADER_NAME.to_string(), full.to_string()));
    let response = HttpResponse::ok(style::BODY.as_bytes(), headers).build();
    let style = HttpCertification::response_only(&full, &response, None)
        .expect("the style sheet can be certified");
    let style_path = HttpCertificationPath::exact(style::PATH);
    let skip_path = HttpCertificationPath::wildcard("");

    let mut tree = HttpCertificationTree::default();
    tree.insert(&HttpCertificationTreeEntry::new(&style_path, style));
    tree.insert(&HttpCertificationTreeEntry::new(&skip_path, HttpCertification::skip()));
    let hash = ic_http_certification::response_hash(&response, &all_headers(), None);
    let mut constants = String::new();
    let skip = DefaultCelBuilder::skip_certification().to_string();
    for (name, what, text, path) in [
        ("STYLE", "the style sheet is certified", full.to_string(), style_path),
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
    for (name, what, hash) in [
        ("STYLE_HASH", "the style sheet, as it is answered", hash),
        ("CONTENT", "what is below the label `http_expr`", content),
        ("LABEL", "that label with what is below it", label),
    ] {
        writeln!(constants, "/// The digest of {what}.\npub const {name}: Hash = {hash:?};")
            .expect("a string takes all");
    }
    constants
}

fn all_headers() -> DefaultResponseCertification<'static> {
    DefaultResponseCertification::response_header_exclusions(Vec::new())
}
