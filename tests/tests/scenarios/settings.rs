//! What an administrator has set is changed by a call, and the log tells of it.

use backup_coordinator_client::journal::api::{
    AuditEventKind, Settings, SettingsUpdate, Visibility,
};
use integration_tests::{Network, Outcome, Setup, callers, records::Records, scenarios};

scenarios![settings_are_changed_by_a_call, what_is_set_already_leaves_no_block];

/// A day, in seconds.
const DAY: u64 = 86_400;

async fn settings_are_changed_by_a_call(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let (administrator, stranger) = (setup.as_administrator(), setup.client(callers::stranger()));
    assert!(stranger.get_settings().await.is_err(), "only members may read");
    let opened = SettingsUpdate { visibility: Some(Visibility::Public), ..Default::default() };
    let before = administrator.get_settings().await?;
    let settings = administrator.update_settings(opened).await?;
    assert_eq!(settings, Settings { visibility: Visibility::Public, ..before });
    assert_eq!(stranger.get_settings().await?, settings);

    let later = SettingsUpdate { visibility: None, restart_overdue_after_seconds: Some(DAY) };
    let settings = administrator.update_settings(later).await?;
    assert_eq!(settings, Settings { restart_overdue_after_seconds: DAY, ..settings });
    setup.upgrade(None)?;
    assert_eq!(stranger.get_settings().await?, settings);

    let told: Vec<AuditEventKind> = administrator
        .all_audit_events()
        .await?
        .into_iter()
        .filter(|event| event.caller == callers::administrator())
        .map(|event| event.kind)
        .collect();
    let expected = [opened, later].map(|update| AuditEventKind::SettingsUpdated {
        visibility: update.visibility,
        restart_overdue_after_seconds: update.restart_overdue_after_seconds,
    });
    assert_eq!(told, expected);
    Ok(())
}

async fn what_is_set_already_leaves_no_block(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let administrator = setup.as_administrator();
    let before = Records::of(&setup).await?;
    let Settings { visibility, restart_overdue_after_seconds } = before.settings;
    for update in [
        SettingsUpdate::default(),
        SettingsUpdate {
            visibility: Some(visibility),
            restart_overdue_after_seconds: Some(restart_overdue_after_seconds),
        },
    ] {
        assert_eq!(administrator.update_settings(update).await?, before.settings);
    }
    assert_eq!(Records::of(&setup).await?, before);
    Ok(())
}
