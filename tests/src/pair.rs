//! Two coordinators that are told the same at the same time: one has a plan whole, the other as a draft.

use crate::{
    Driver, Network, Outcome, Setup,
    answers::{entries, questions, transcript},
    backend::{RawCall, Rejected, Reply},
    callers, fleet,
    interface::Interface,
    runtime::{call, decode},
};
use backup_journal::{
    api::{CoordinatorError, SealProgress},
    journal::ResumeSummary,
    plan::BackupPlan,
};
use candid::{CandidType, utils::ArgumentEncoder};
use serde::de::DeserializeOwned;
use std::{error::Error, fmt::Debug, time::Duration};

/// How many targets a batch of the draft has: the plan comes in several, and none of them fills a page.
pub const BATCH: usize = 15;

/// How much time passes between any two calls, so that no two things bear the same time by chance.
const PAUSE: Duration = Duration::from_secs(1);

/// A page from the midst of a list, and one that reaches from one stored page into the next.
const INNER_PAGES: [&str; 2] = [", 3, 4", ", 30, 5"];

/// Queries whose answers differ, and why.
const NOT_COMPARED: [(&str, &str); 1] = [(
    "list_audit_events",
    "a draft is begun, filled and sealed where a plan is created; the replays are compared instead",
)];

/// Both coordinators, on one network, and what they are told.
///
/// Each call goes to both before time passes, and nothing in an answer depends on who answers. So answers
/// are compared as they are, times included.
pub struct Pair {
    /// To whom the plan is sent whole.
    pub whole: Setup,
    /// To whom it is sent as a draft.
    pub drafted: Setup,
    /// Makes receipts; it is not to call either of the two.
    pub run: Driver,
    questions: Vec<(String, String)>,
}

impl Pair {
    /// Two coordinators that know of no run.
    pub fn new(network: &Network, plan: BackupPlan) -> Self {
        let whole = Setup::builder(network.clone()).build();
        let mut questions =
            questions(&Interface::load(), &[plan.header.run_id.as_str().to_string()]);
        questions.retain(|(method, _)| NOT_COMPARED.iter().all(|(name, _)| name != method));
        let inner = |(method, args): &(String, String)| {
            let pages = INNER_PAGES.into_iter().filter(|_| args.contains(", 0, 500"));
            let args = pages.map(|page| (method.clone(), args.replace(", 0, 500", page)));
            args.collect::<Vec<_>>()
        };
        let inner: Vec<_> = questions.iter().flat_map(inner).collect();
        questions.extend(inner);
        Self {
            run: whole.driver_of(plan),
            drafted: Setup::builder(network.clone()).build(),
            whole,
            questions,
        }
    }

    /// Opens both journals, at the same time: the draft has only to be sealed by then.
    ///
    /// # Errors
    /// As the coordinators say.
    ///
    /// # Panics
    /// When they say different things.
    pub async fn open(&self) -> Outcome {
        let (client, plan) = (self.drafted.as_operator(), &self.run.plan);
        client.begin_journal_draft(&plan.header).await?;
        let mut start = 0;
        for batch in plan.targets.chunks(BATCH) {
            self.pause();
            start = client.append_draft_targets(&self.run.run_id, start, batch).await?.targets;
        }
        self.pause();
        let operator = callers::operator();
        let [created, sealed] = self.at_once([
            call(operator, self.whole.coordinator, "create_journal", (plan,)),
            call(operator, self.drafted.coordinator, "seal_journal_draft", (&self.run.run_id,)),
        ])?;
        let created: Result<ResumeSummary, CoordinatorError> = decode(created)?;
        let sealed: Result<SealProgress, CoordinatorError> = decode(sealed)?;
        assert_eq!(sealed?, SealProgress::Sealed(created?));
        Ok(())
    }

    /// Calls both, a while after the call before. What they answer must be the same, byte by byte.
    ///
    /// # Errors
    /// When neither of them gets the call, or answers with what `Out` is not.
    ///
    /// # Panics
    /// When they answer differently.
    pub fn both<Out: CandidType + Debug + DeserializeOwned>(
        &self,
        method: &str,
        args: impl ArgumentEncoder,
    ) -> Result<Result<Out, CoordinatorError>, Box<dyn Error>> {
        self.pause();
        let to_whole = call(callers::operator(), self.whole.coordinator, method, args);
        let to_drafted = RawCall {
            canister: self.drafted.coordinator,
            target: self.drafted.coordinator,
            ..to_whole.clone()
        };
        let [whole, drafted] = self.at_once([to_whole, to_drafted])?;
        let same = whole == drafted;
        let whole: Result<Out, CoordinatorError> = decode(whole)?;
        assert!(
            same,
            "{method}\n{whole:#?}\n{:#?}",
            decode::<Result<Out, CoordinatorError>>(drafted)
        );
        Ok(whole)
    }

    /// Sends both calls before it waits for an answer: they are executed at the same time.
    fn at_once(&self, calls: [RawCall; 2]) -> Result<[Reply; 2], Rejected> {
        let mut backend = self.whole.network.lock();
        let [first, second] = calls;
        let tickets = [backend.submit(&first)?, backend.submit(&second)?];
        Ok(tickets.map(|ticket| backend.wait(ticket)))
    }

    fn pause(&self) {
        self.whole.network.advance(PAUSE);
    }

    /// Asserts that both give the same answer to every query about runs, drafts and roles.
    ///
    /// # Panics
    /// When one differs.
    pub fn compare(&self) {
        let tell = |setup| transcript(setup, callers::auditor(), &self.questions);
        let (whole, drafted) = (tell(&self.whole), tell(&self.drafted));
        assert!(entries(&whole).count() >= 25, "hardly anything is asked");
        for (whole, drafted) in entries(&whole).zip(entries(&drafted)) {
            // Calls of other sizes cost other cycles.
            if !whole.0.starts_with("get_resources") {
                assert_eq!(whole, drafted);
            }
        }
    }
}

/// A plan whose targets fill more than a page, are of every make, and lie in two levels.
///
/// # Panics
/// Never: there are that many targets.
pub fn mixed_plan(run_id: &str) -> BackupPlan {
    use backup_journal::plan::{AuthorityEvidence, ControlAuthoritySource, IdentityMode};
    let mut plan = fleet::plan(run_id, &fleet::paper_fleet(40));
    plan.targets[1].role = None;
    plan.targets[2].expected_module_hash = None;
    plan.targets[33].expected_module_hash = Some("1f".repeat(32));
    plan.targets[34].identity_mode = IdentityMode::Relocatable;
    plan.targets[35].control_authority.evidence = AuthorityEvidence::Proven;
    plan.targets[36].control_authority.source = ControlAuthoritySource::AlternateController {
        controller: callers::second_operator(),
        reason: "the fleet is moving".to_string(),
    };
    plan
}
