use central_logger_intake_mappings::Mappings;
use central_logger_intake_routes::IntakeRecord;
use central_logger_keys::KeyPrefix;
use central_logger_saved_views::SavedViews;
use central_logger_session_routes::SessionRoutes;
use central_logger_tenant_logs::Ingestor;
use central_logger_workflow_channels::Channels;
use central_logger_workflows::Workflows;
use std::{fmt, sync::Arc};

/// What the pages are made from. The operations of a person are those of the routes over operations, which must be
/// mounted beside these.
#[derive(Clone)]
pub struct Console {
    /// Where people sign in, and how browsers hold their sessions.
    pub sessions: SessionRoutes,
    /// Where entries are read.
    pub ingestor: Ingestor,
    /// What is known of runs.
    pub workflows: Workflows,
    /// Where messages about incidents go.
    pub channels: Channels,
    /// Views of logs that people have saved.
    pub views: SavedViews,
    /// What shippers sent to this server.
    pub intake: Arc<IntakeRecord>,
    /// Rules for what they send.
    pub mappings: Mappings,
    /// The brand at the head of new keys.
    pub prefix: KeyPrefix,
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").finish_non_exhaustive()
    }
}
