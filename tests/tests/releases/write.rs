//! Writes the image of a release.

use crate::{
    content, figures,
    image::{Image, Setting},
};
use backup_coordinator_client::journal::{api::Visibility, limits::MAX_PAGE};
use integration_tests::{
    Outcome, Setup, answers, callers, interface::Interface, modules, on_sandbox, web::page,
};
use sha2::{Digest, Sha256};

#[test]
fn the_next_image_has_something_of_everything() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).visibility(Visibility::Members).build();
        content::fill(&setup).await?;
        nothing_is_missing(&setup).await
    });
}

#[test]
#[ignore = "it is no test: it writes the image of the release that is checked out: scripts/image.sh"]
fn write_the_image() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).visibility(Visibility::Members).build();
        content::fill(&setup).await?;
        nothing_is_missing(&setup).await?;
        let image = image(&setup).await?;
        println!("{}", image.save().display());
        Ok(())
    });
}

/// There is a run and an operation in each state, an event of each kind, a start that is owed, an open draft.
async fn nothing_is_missing(setup: &Setup) -> Outcome {
    let client = setup.as_auditor();
    let figures = figures::of_the_queries(&client).await?;
    for (name, value) in figures {
        assert!(value > 0.0, "the image has nothing of {name}");
    }
    let page = client.list_audit_events(0, MAX_PAGE).await?;
    assert_eq!(page.next, None, "more events than are asked for");
    Ok(())
}

async fn image(setup: &Setup) -> Result<Image, Box<dyn std::error::Error>> {
    let client = setup.as_auditor();
    let verified = client.audit(&setup.trust()).await?;
    let memory = setup.network.lock().stable_memory(setup.coordinator);
    let auditor = callers::auditor();
    let people = [
        ("administrator", callers::administrator()),
        ("operator", callers::operator()),
        ("auditor", auditor),
    ];
    let runs = client.all_journals().await?.into_iter().map(|run| run.run_id);
    let drafts = client.list_journal_drafts().await?.into_iter().map(|draft| draft.run_id);
    let names: Vec<String> = runs.chain(drafts).map(|name| name.to_string()).collect();
    let questions = answers::questions(&Interface::load(), &names);
    let figures = page(setup, "/metrics");
    Ok(Image {
        setting: Setting {
            version: env!("CARGO_PKG_VERSION").to_string(),
            module: hex::encode(Sha256::digest(modules::coordinator())),
            time: setup.network.now(),
            blocks: usize::try_from(verified.replay.length())?,
            tip: hex::encode(verified.tip.ok_or("the log is empty")?),
            people: people.map(|(name, person)| (name.to_string(), person)).into(),
        },
        memory,
        answers: answers::transcript(setup, auditor, &questions),
        figures,
    })
}
