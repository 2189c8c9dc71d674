//! The principals that call a coordinator, one for each part that a person can have in it.

use candid::Principal;

/// Controls the canisters; holds no role, and needs none.
pub fn controller() -> Principal {
    person("controller")
}

/// Holds the role Administrator.
pub fn administrator() -> Principal {
    person("administrator")
}

/// Holds the role Operator, and controls the members of the fleet.
pub fn operator() -> Principal {
    person("operator")
}

/// Holds the role Operator, too.
pub fn second_operator() -> Principal {
    person("second operator")
}

/// Holds the role Auditor.
pub fn auditor() -> Principal {
    person("auditor")
}

/// Holds no role.
pub fn stranger() -> Principal {
    person("stranger")
}

fn person(name: &str) -> Principal {
    Principal::self_authenticating(name)
}
