//! Uploads to a canister in a sandbox, over a line that breaks, by programs that are killed, from disks that fail.

use super::{
    line::{Fate, rejected},
    scene::{DATA, METADATA, SLICES, Scene},
    *,
};
use crate::disk::{disturbed::DisturbedDisk, recorded::RecordedDisk};
use ic_error_types::RejectCode;
use serde_json::json;
use std::{fs, io, time::Duration};

#[test]
fn what_was_uploaded_and_loaded_answers_like_the_first() {
    let scene = Scene::new();
    let disk = RecordedDisk::default();
    let scene = scene.on(disk.clone());
    let snapshot = scene.upload().expect("uploaded");
    disk.assert_durable();
    assert_eq!((scene.line.calls(DATA), scene.line.calls(METADATA)), (SLICES, 1));
    // The snapshot that the target had is not replaced.
    assert_eq!(scene.snapshots(), 2);
    scene.assert_restores(&snapshot);
    // All is known to be there, and nothing is sent again.
    assert_eq!(scene.upload().expect("uploaded before"), snapshot);
    assert_eq!((scene.line.calls(DATA), scene.line.calls(METADATA)), (SLICES, 1));
}

/// What is damaged, and what is said.
type DamageCase = (fn(&Scene), &'static str);

/// Each kind of damage is named before the network is called for anything that changes a canister.
#[test]
fn a_damaged_backup_is_refused_before_anything_is_touched() {
    fn cut(scene: &Scene, name: &str) {
        let file = fs::File::options().write(true).open(scene.file(name)).expect("opened");
        let bytes = file.metadata().expect("a length").len();
        file.set_len(bytes - 1).expect("shortened");
    }
    let cases: [DamageCase; 12] = [
        (|scene| cut(scene, "wasm_memory.bin"), "wasm_memory.bin: it has 2621439 bytes"),
        (|scene| cut(scene, "stable_memory.bin"), "stable_memory.bin: it has 4259839 bytes"),
        (
            |scene| fs::write(scene.file("stable_memory.bin"), "").expect("written"),
            "stable_memory.bin: it has 0 bytes",
        ),
        (
            |scene| {
                let mut bytes = fs::read(scene.file("wasm_memory.bin")).expect("read");
                bytes[2_000_001] ^= 1;
                fs::write(scene.file("wasm_memory.bin"), bytes).expect("written");
            },
            "wasm_memory.bin: it is damaged (bytes 2000000 to 2621440)",
        ),
        (
            |scene| fs::remove_file(scene.file("wasm_module.bin")).expect("removed"),
            "wasm_module.bin: it is missing",
        ),
        (
            |scene| fs::write(scene.file("metadata.json"), "{}").expect("written"),
            "metadata.json: it does not say what the recorded metadata do",
        ),
        (|scene| fs::write(scene.file("stranger.bin"), "").expect("written"), "stranger.bin"),
        (
            |scene| {
                let chunk = fs::read_dir(scene.file("wasm_chunk_store")).expect("a folder").next();
                let path = chunk.expect("a chunk").expect("an entry").path();
                fs::write(path, "a third").expect("written");
            },
            "wasm_chunk_store/",
        ),
        (
            |scene| {
                scene.change_manifest(|manifest| {
                    manifest["members"][0]["module_hash"] = json!("ab".repeat(32));
                });
            },
            "and the plan names abab",
        ),
        (
            |scene| {
                scene.change_manifest(|manifest| {
                    manifest["members"][0]["files"][0]["bytes"] = json!(1);
                });
            },
            "bytes",
        ),
        (
            |scene| {
                scene.change_manifest(|manifest| {
                    manifest["members"][0]["checksum"] = json!("ab".repeat(32));
                });
            },
            "the checksums of its files do not add up",
        ),
        (
            |scene| {
                scene.change_manifest(|manifest| {
                    manifest["members"][0]["metadata_candid"] = json!("4449");
                });
            },
            "its metadata cannot be read",
        ),
    ];
    for (damage, told) in cases {
        let scene = Scene::new();
        damage(&scene);
        scene.line.script(|method, _| panic!("{method} is called"));
        let error = format!("{:#}", scene.upload().expect_err(told));
        assert!(error.contains(told), "{error}");
        assert!(error.contains(&scene.origin.to_text()), "{error}");
    }
}

#[test]
fn a_global_that_is_not_known_is_not_left_out() {
    let scene = Scene::new();
    let source = scene.source().expect("a source");
    let mut metadata = source.metadata().clone();
    metadata.globals.push(None);
    let candid = files::to_candid(&metadata).expect("encoded");
    scene.change_manifest(|manifest| manifest["members"][0]["metadata_candid"] = json!(candid));
    let error = scene.upload().expect_err("it has no type").to_string();
    assert!(error.contains("a global of a type that this program does not know"), "{error}");
}

/// A file that changes after all were checked: the bytes that are sent are those that were checked.
#[test]
fn what_is_damaged_after_the_check_is_not_sent() {
    let scene = Scene::new();
    let path = scene.file("stable_memory.bin");
    let mut damaged = Some(path.clone());
    scene.line.script(move |method, number| {
        if method == DATA && number == 0 {
            let path = damaged.take().expect("once");
            let mut bytes = fs::read(&path).expect("read");
            bytes[4_100_000] ^= 1;
            fs::write(&path, bytes).expect("written");
        }
        Fate::Answered
    });
    let error = scene.upload().expect_err("it is damaged").to_string();
    let told = format!("{} is not what the manifest says, from byte 4000000 on", path.display());
    assert_eq!(error, told);
    // All before it.
    assert_eq!(scene.line.calls(DATA), 1 + 2 + 2);
}

/// The program is killed when so many slices were answered. The next one begins no second snapshot, and sends no more again
/// than what was not noted.
#[test]
fn an_upload_goes_on_after_the_program_was_killed_at_any_slice() {
    for answered in 0..SLICES {
        let scene = Scene::new();
        scene.line.script(move |method, number| {
            if method == DATA && number >= answered { Fate::Hanging } else { Fate::Answered }
        });
        assert!(scene.upload_until_killed().is_none(), "{answered}");
        scene.line.script(|_, _| Fate::Answered);
        let snapshot = scene.upload().expect("uploaded");
        assert_eq!(scene.line.calls(METADATA), 0);
        assert_eq!(scene.snapshots(), 2);
        // The slices of the file that was under way are not noted.
        let sent = scene.line.calls(DATA);
        let under_way = [1, 2, 3, 1, 1];
        let noted = under_way.iter().scan(0, |sum, slices| {
            *sum += slices;
            Some(*sum)
        });
        let noted = noted.filter(|sum| *sum < answered).max().unwrap_or_default();
        assert_eq!(sent, SLICES - noted, "{answered}");
        scene.assert_restores(&snapshot);
    }
}

#[test]
fn half_an_upload_is_as_good_as_one_that_was_killed() {
    let scene = Scene::new();
    let source = scene.source().expect("a source");
    scene.with(&source, |upload| pollster::block_on(upload.run_half())).expect("uploaded");
    assert_eq!(scene.line.calls(DATA), 1);
    let snapshot = scene.upload().expect("uploaded");
    assert_eq!((scene.line.calls(METADATA), scene.line.calls(DATA)), (1, SLICES));
    scene.assert_restores(&snapshot);
}

/// What the network has acknowledged before it went away is not sent again.
#[test]
fn slices_that_were_acknowledged_are_not_sent_again() {
    for answered in 0..SLICES {
        let scene = Scene::new();
        scene.line.script(move |method, number| {
            let refusal = rejected(RejectCode::CanisterReject, "no more");
            if method == DATA && number >= answered {
                Fate::Refused(refusal)
            } else {
                Fate::Answered
            }
        });
        let error = scene.upload().expect_err("the rest was refused");
        assert!(matches!(error.downcast_ref(), Some(FleetError::Refused(_))), "{error}");
        scene.line.script(|_, _| Fate::Answered);
        scene.upload().expect("uploaded");
        assert_eq!(scene.line.calls(DATA), SLICES - answered, "{answered}");
    }
}

/// Killed before each call to the disk, or out of room from there on.
#[test]
fn an_upload_goes_on_after_the_disk_has_failed() {
    let calls = {
        let scene = Scene::new();
        let disk = DisturbedDisk::new(|_, _| Ok(()));
        let scene = scene.on(disk.clone());
        scene.upload().expect("uploaded");
        disk.calls()
    };
    assert!(calls > 10, "{calls} calls");
    for number in 0..calls {
        let scene = Scene::new();
        let disk = DisturbedDisk::failing_from(number, io::ErrorKind::StorageFull);
        let scene = scene.on(disk);
        let error = format!("{:#}", scene.upload().expect_err("the disk is full"));
        assert!(error.contains("no storage space"), "{number}: {error}");
        let scene = scene.on(RecordedDisk::default());
        let snapshot = scene.upload().expect("uploaded");
        assert_eq!(scene.snapshots(), 2, "{number}");
        scene.assert_restores(&snapshot);
    }
}

/// The answer to the call that begins the upload is lost: the snapshot is found by looking.
#[test]
fn an_upload_is_begun_once() {
    let scene = Scene::new();
    scene.line.script(|method, _| if method == METADATA { Fate::Lost } else { Fate::Answered });
    let error = scene.upload().expect_err("nobody knows");
    assert!(matches!(error.downcast_ref(), Some(FleetError::Unknown(_))), "{error}");
    let snapshot = scene.upload().expect("uploaded");
    assert_eq!((scene.line.calls(METADATA), scene.snapshots()), (1, 2));
    scene.assert_restores(&snapshot);
}

/// Somebody takes a snapshot just when the upload begins, whose call never arrives: it is not taken for the upload.
#[test]
fn a_snapshot_of_somebody_else_is_not_written_to() {
    let scene = Scene::new();
    scene.line.script(|method, _| if method == METADATA { Fate::Hanging } else { Fate::Answered });
    assert!(scene.upload_until_killed().is_none());
    scene.line.script(|_, _| Fate::Answered);
    let source = scene.source().expect("a source");
    let taken = scene.with(&source, |upload| {
        let take = upload.sending.management.take_snapshot(scene.target);
        pollster::block_on(take).expect("taken")
    });
    let error = scene.upload().expect_err("it is another one").to_string();
    assert!(error.contains(&format!("a new snapshot {taken} that is not the one")), "{error}");
    assert_eq!(scene.line.calls(DATA), 0);
}

/// The notes are of a snapshot that somebody has deleted since.
#[test]
fn a_snapshot_that_is_gone_is_uploaded_anew() {
    let scene = Scene::new();
    let first = scene.upload().expect("uploaded");
    scene.delete(&first);
    scene.line.script(|_, _| Fate::Answered);
    let second = scene.upload().expect("uploaded");
    assert_eq!((scene.line.calls(METADATA), scene.line.calls(DATA)), (1, SLICES));
    scene.assert_restores(&second);
}

#[test]
fn what_is_busy_is_sent_again_after_growing_waits_and_not_for_ever() {
    let busy = || Fate::Refused(rejected(RejectCode::SysTransient, "IC0210: heap delta limit"));
    let scene = Scene::new();
    scene.line.script(
        move |method, number| {
            if method == DATA && number < 8 { busy() } else { Fate::Answered }
        },
    );
    let snapshot = scene.upload().expect("uploaded");
    let waits = scene.line.state(|state| state.waits.clone());
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60].map(Duration::from_secs));
    scene.assert_restores(&snapshot);

    let scene = Scene::new();
    scene.line.script(move |method, _| if method == DATA { busy() } else { Fate::Answered });
    let error = scene.upload().expect_err("it is busy for ever");
    assert!(error.to_string().contains("IC0210"), "{error}");
    scene.line.script(|_, _| Fate::Answered);
    scene.upload().expect("uploaded later");
}

#[test]
fn lost_answers_to_slices_do_no_harm() {
    let scene = Scene::new();
    scene.line.script(
        |method, number| {
            if method == DATA && number % 2 == 0 { Fate::Lost } else { Fate::Answered }
        },
    );
    let snapshot = scene.upload().expect("uploaded");
    scene.assert_restores(&snapshot);
}
