// The arguments of every method, of an installation and of an upgrade; read by the build script.
macro_rules! arguments {
    ($use:ident) => {
        $use! {
            (),
            (BackupPlan),
            (BackupPlan, ValidationPurpose),
            (BackupPlanInput),
            (CoordinatorArgs),
            (FleetName),
            (FleetName, FleetUpdate),
            (FleetName, Option<Principal>, u32),
            (FleetName, u32, Vec<RegistryEntry>),
            (FleetRegistration),
            (GetArchivesArgs),
            (HttpRequest),
            (Option<CoordinatorArgs>),
            (PlanHeader),
            (Principal, Role, Option<FleetName>),
            (RunId),
            (RunId, OperationReceipt),
            (RunId, Option<Principal>, u32),
            (RunId, Principal, String),
            (RunId, PreflightId),
            (RunId, PreflightReceipts),
            (RunId, Sequence),
            (RunId, u32, PreflightReceipts),
            (RunId, u32, Vec<BackupTarget>),
            (RunId, String),
            (RunId, Vec<OperationReceipt>),
            (RunId, u32),
            (RunId, u64, u32),
            (SettingsUpdate),
            (Vec<GetBlocksRequest>),
            (Vec<RegistryEntry>, String),
            (u64, u32),
        }
    };
}
