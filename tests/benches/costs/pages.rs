//! Pages of a coordinator that has much to show.

use crate::report::Report;
use backup_journal::api::Visibility;
use integration_tests::{
    Network, Setup,
    costs::{
        block,
        crowd::{add_completed, add_stopped, page_cost},
    },
};

/// Measures the dearest pages, with so many completed runs of as many fleets and some that owe a start.
pub fn measure(report: &mut Report, quick: bool) {
    let runs = if quick { 300 } else { 1_000 };
    let setup = Setup::builder(Network::sandbox()).visibility(Visibility::Public).build();
    block(add_completed(&setup, 0..runs)).expect("the runs go well");
    block(add_stopped(&setup)).expect("the runs begin well");
    for page in ["metrics", "dashboard"] {
        let cost = page_cost(&setup, &format!("/{page}"));
        report.add(format!("{page}_with_{runs}_runs"), cost as f64, "instructions");
    }
}
