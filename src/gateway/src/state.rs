//! The state that clients can read: of canisters, of the calls that they have sent, and of the subnet.

use crate::{
    cbor,
    messages::{Message, Progress},
    rejects,
    state_tree::{Label, Tree},
    subnet::Subnet,
};
use candid::Principal;
use canister_sandbox::Sandbox;
use ic_transport_types::RequestId;

/// The state of the network, as far as a request is about it.
pub(crate) struct State {
    time: u64,
    canister: Option<(Principal, Tree)>,
    request: Option<(RequestId, Tree)>,
    subnet_id: Principal,
    subnet: Tree,
    /// The ids that its canisters can have: lists of ranges, by their first id.
    ranges: Tree,
}

impl State {
    /// The state of the subnet at this time (nanoseconds).
    pub(crate) fn new(time: u64, subnet: &Subnet) -> Self {
        let (first, last) = Sandbox::canister_range();
        let all = Tree::leaf(cbor::encode(&[(first, last)]));
        let ranges = Tree::branch([(first.as_slice(), all.clone())]);
        let key = Tree::leaf(subnet.node.public_key.as_slice());
        let node = Tree::branch([("public_key", key)]);
        let info = Tree::branch([
            ("canister_ranges", all),
            ("node", Tree::branch([(subnet.node.id.as_slice(), node)])),
            ("public_key", Tree::leaf(subnet.root_key.as_slice())),
            ("type", Tree::leaf("application")),
        ]);
        Self { time, canister: None, request: None, subnet_id: subnet.id, subnet: info, ranges }
    }

    /// Adds what is known about a canister.
    pub(crate) fn with_canister(mut self, sandbox: &Sandbox, id: Principal) -> Self {
        self.canister = canister(sandbox, id).map(|tree| (id, tree));
        self
    }

    /// Adds how far a call has come.
    pub(crate) fn with_request(mut self, id: RequestId, message: Message) -> Self {
        self.request = Some((id, request(message.progress)));
        self
    }

    /// A certificate, in CBOR, of the time and of what these paths lead to.
    pub(crate) fn certify(self, paths: &[Vec<Label>]) -> Vec<u8> {
        let time = vec![b"time".to_vec()];
        let mut asked: Vec<&[Label]> = paths.iter().map(Vec::as_slice).collect();
        asked.push(&time);
        Sandbox::certify(self.into_tree().only(&asked))
    }

    fn into_tree(self) -> Tree {
        let Self { time, canister, request, subnet_id, subnet, ranges } = self;
        let canister = canister.map(|(id, tree)| (id.as_slice().to_vec(), tree));
        let request = request.map(|(id, tree)| (id.to_vec(), tree));
        let subnet_id = subnet_id.as_slice();
        Tree::branch([
            ("canister", Tree::branch(canister)),
            ("canister_ranges", Tree::branch([(subnet_id, ranges)])),
            ("request_status", Tree::branch(request)),
            ("subnet", Tree::branch([(subnet_id, subnet)])),
            ("time", Tree::leaf(leb128(time))),
        ])
    }
}

fn canister(sandbox: &Sandbox, id: Principal) -> Option<Tree> {
    sandbox.status(id)?;
    let metadata = sandbox.metadata(id).into_iter();
    let metadata = metadata.map(|(name, section)| (name, Tree::leaf(section.content)));
    let module_hash = sandbox.module_hash(id).map(|hash| ("module_hash", Tree::leaf(hash)));
    let parts = [
        ("controllers", Tree::leaf(cbor::encode(&sandbox.controllers(id)))),
        ("metadata", Tree::branch(metadata)),
    ];
    Some(Tree::branch(parts.into_iter().chain(module_hash)))
}

fn request(progress: Progress) -> Tree {
    let status = |status: &str| ("status", Tree::leaf(status));
    match progress {
        Progress::Processing => Tree::branch([status("processing")]),
        Progress::Done => Tree::branch([status("done")]),
        Progress::Answered(Ok(reply)) => {
            Tree::branch([status("replied"), ("reply", Tree::leaf(reply))])
        }
        Progress::Answered(Err(reject)) => {
            let error_code = reject.error_code.map(|code| ("error_code", Tree::leaf(code)));
            let parts = [
                status("rejected"),
                ("reject_code", Tree::leaf(leb128(rejects::code(reject.code) as u64))),
                ("reject_message", Tree::leaf(reject.message)),
            ];
            Tree::branch(parts.into_iter().chain(error_code))
        }
    }
}

fn leb128(number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    leb128::write::unsigned(&mut bytes, number).expect("BUG: writing to memory fails");
    bytes
}
