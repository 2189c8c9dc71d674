// Every type that an endpoint answers with, and what blocks carry; read by the module and by its build script.
macro_rules! replies {
    ($use:ident) => {
        $use! {
            Answer<()>,
            Answer<BackupPlan>,
            Answer<DiscardProgress>,
            Answer<DraftStatus>,
            Answer<JournalCheck>,
            Answer<JournalDetails>,
            Answer<Operation>,
            Answer<Option<Operation>>,
            Answer<Page<AuditEvent>>,
            Answer<Page<Operation>>,
            Answer<Page<ReceiptRecord>>,
            Answer<Page<ResumeSummary>>,
            Answer<Page<TargetStatus>>,
            Answer<PlanPage>,
            Answer<PreflightProgress>,
            Answer<PreflightRequests>,
            Answer<Principal>,
            Answer<ReceiptRecord>,
            Answer<Resources>,
            Answer<ResumeSummary>,
            Answer<SealProgress>,
            Answer<Settings>,
            Answer<Vec<DraftStatus>>,
            Answer<Vec<RoleAssignment>>,
            Answer<Vec<StartOwed>>,
            GetBlocksResult,
            HttpResponse,
            Option<TipCertificate>,
            Vec<Archive>,
            Vec<BlockType>,
            Vec<SupportedStandard>,
            Payload,
        }
    };
}
