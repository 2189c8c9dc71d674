//! What HTTP gateways verify: every answer at the address of the style sheet is certified. All other answers change with
//! every call, and declare that they are not certified. The proof of what the pages show is the certified block log, not the pages.

use super::certified::{SKIP, STYLE, witness};
use crate::{gate::certification::cbor, storage::Storage};
use base64ct::{Base64, Encoding};
use ic_http_types::HttpResponse;

/// Adds what a gateway verifies. There is no certificate to show in an update call.
pub fn certify(storage: &Storage, at_style: bool, answer: &mut HttpResponse) {
    let expression = if at_style { STYLE } else { SKIP };
    let mut add = |name: &str, value| answer.headers.push((name.to_string(), value));
    add("IC-CertificateExpression", expression.text.to_string());
    if let Some(certificate) = ic_cdk::api::data_certificate() {
        let witness = cbor(&witness(storage));
        let value = format!(
            "certificate=:{}:, tree=:{}:, expr_path=:{}:, version=2",
            Base64::encode_string(&certificate),
            Base64::encode_string(&witness),
            expression.path
        );
        add("IC-Certificate", value);
    }
}
