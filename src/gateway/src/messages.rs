//! The calls that users have sent, until they expire: each is executed once, and its answer can be asked for again.

use candid::Principal;
use canister_sandbox::{MessageId, Reject, RejectCode};
use ic_transport_types::RequestId;
use std::collections::{BTreeMap, VecDeque};

/// How many bytes of replies are kept for clients that ask again. The oldest go first; what is left of such a call is
/// that it is done.
const MAX_REPLY_BYTES: usize = 64 * 1024 * 1024;

/// The answer to a call.
pub(crate) type Answer = Result<Vec<u8>, Reject>;

/// How far a call has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Processing,
    Answered(Answer),
    /// It was answered, and the answer is not kept any more.
    Done,
}

/// A call that a user has sent.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) sender: Principal,
    /// The canister that was called.
    pub(crate) callee: Principal,
    /// Nanoseconds; from then on nobody can ask for it.
    pub(crate) expiry: u64,
    pub(crate) progress: Progress,
}

/// All calls that have not expired.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    known: BTreeMap<RequestId, Message>,
    /// Those that are not answered.
    waiting: Vec<(RequestId, MessageId)>,
    /// Those whose answer is kept, the oldest first, with its size.
    kept: VecDeque<(RequestId, usize)>,
    kept_bytes: usize,
}

impl Messages {
    pub(crate) fn get(&self, id: &RequestId) -> Option<&Message> {
        self.known.get(id)
    }

    /// Adds a call that the sandbox has taken.
    pub(crate) fn add(&mut self, id: RequestId, message: Message, ticket: MessageId) {
        self.known.insert(id, message);
        self.waiting.push((id, ticket));
    }

    /// Takes the answers that have come; true if there is one.
    pub(crate) fn collect(&mut self, mut take: impl FnMut(MessageId) -> Option<Answer>) -> bool {
        let waiting = std::mem::take(&mut self.waiting);
        let before = waiting.len();
        for (id, ticket) in waiting {
            match take(ticket) {
                Some(answer) => self.keep(id, answer),
                None => self.waiting.push((id, ticket)),
            }
        }
        self.waiting.len() < before
    }

    fn keep(&mut self, id: RequestId, answer: Answer) {
        // One that has expired in the meantime is of no use to anybody.
        let Some(message) = self.known.get_mut(&id) else { return };
        if answer.as_ref().is_err_and(|reject| reject.code == RejectCode::SysUnknown) {
            // The call was executed, and its answer is lost.
            message.progress = Progress::Done;
            return;
        }
        let size = answer.as_ref().map_or_else(|reject| reject.message.len(), Vec::len);
        message.progress = Progress::Answered(answer);
        self.kept.push_back((id, size));
        self.kept_bytes += size;
        while self.kept_bytes > MAX_REPLY_BYTES && self.kept.len() > 1 {
            let Some((oldest, size)) = self.kept.pop_front() else { break };
            self.kept_bytes -= size;
            if let Some(message) = self.known.get_mut(&oldest) {
                message.progress = Progress::Done;
            }
        }
    }

    /// Forgets what has expired before this time.
    pub(crate) fn forget_expired(&mut self, now: u64) {
        self.known.retain(|_, message| message.expiry >= now);
        let known = &self.known;
        let mut forgotten = 0;
        self.kept.retain(|(id, size)| {
            let is_known = known.contains_key(id);
            forgotten += if is_known { 0 } else { *size };
            is_known
        });
        self.kept_bytes -= forgotten;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use canister_sandbox::Sandbox;

    const EXPIRY: u64 = 10;

    fn id(number: u8) -> RequestId {
        RequestId::new(&[number; 32])
    }

    /// Messages with these answers, in this order.
    fn answered(answers: Vec<Answer>) -> Messages {
        let (mut messages, mut sandbox) = (Messages::default(), Sandbox::new());
        for (number, answer) in (0..).zip(answers) {
            let user = Principal::anonymous();
            let management = Principal::management_canister();
            let ticket = sandbox.submit(user, management, "raw_rand", Vec::new());
            let message = Message {
                sender: user,
                callee: management,
                expiry: EXPIRY,
                progress: Progress::Processing,
            };
            messages.add(id(number), message, ticket.expect("taken"));
            assert!(!messages.collect(|_| None));
            assert!(messages.collect(|_| Some(answer.clone())));
        }
        messages
    }

    fn progress(messages: &Messages, number: u8) -> Option<Progress> {
        messages.get(&id(number)).map(|message| message.progress.clone())
    }

    #[test]
    fn the_oldest_replies_are_dropped_and_the_last_one_stays() {
        let large = vec![1; MAX_REPLY_BYTES / 2];
        let messages = answered(vec![Ok(vec![0]), Ok(large.clone()), Ok(large.clone())]);
        assert_eq!(progress(&messages, 0), Some(Progress::Done));
        assert_eq!(progress(&messages, 1), Some(Progress::Answered(Ok(large.clone()))));
        assert_eq!(progress(&messages, 2), Some(Progress::Answered(Ok(large))));
        let huge = vec![1; MAX_REPLY_BYTES + 1];
        let messages = answered(vec![Ok(vec![0]), Ok(huge.clone())]);
        assert_eq!(progress(&messages, 0), Some(Progress::Done));
        assert_eq!(progress(&messages, 1), Some(Progress::Answered(Ok(huge))));
    }

    #[test]
    fn what_has_expired_is_forgotten_with_its_reply() {
        let mut messages = answered(vec![Ok(vec![0; 100]), Ok(vec![0; 23])]);
        assert_eq!(messages.kept_bytes, 123);
        messages.forget_expired(EXPIRY);
        assert!(messages.get(&id(0)).is_some());
        messages.forget_expired(EXPIRY + 1);
        assert!(messages.get(&id(0)).is_none());
        assert_eq!((messages.kept_bytes, messages.kept.len()), (0, 0));
    }

    #[test]
    fn an_unknown_outcome_is_done() {
        let lost = Reject::new(RejectCode::SysUnknown, "the reply was dropped");
        let refused = Reject::new(RejectCode::CanisterReject, "no");
        let messages = answered(vec![Err(lost), Err(refused.clone())]);
        assert_eq!(progress(&messages, 0), Some(Progress::Done));
        assert_eq!(progress(&messages, 1), Some(Progress::Answered(Err(refused))));
    }
}
