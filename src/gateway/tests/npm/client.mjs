// Calls the canister of probe.wat; prints the name of each check that holds.
import assert from 'node:assert/strict';
import { Actor, CanisterStatus, HttpAgent, Expiry } from '@icp-sdk/core/agent';
import {
  DelegationChain,
  DelegationIdentity,
  ECDSAKeyIdentity,
  Ed25519KeyIdentity,
} from '@icp-sdk/core/identity';
import { Secp256k1KeyIdentity } from '@icp-sdk/core/identity/secp256k1';
import { Principal } from '@icp-sdk/core/principal';

const [host, canister, nobody] = process.argv.slice(2);
const canisterId = Principal.fromText(canister);
const user = Ed25519KeyIdentity.generate();

const trusting = (identity, options = {}) =>
  HttpAgent.create({ host, identity, shouldFetchRootKey: true, retryTimes: 0, ...options });

const probe = (agent, canisterId = canister) =>
  Actor.createActor(
    ({ IDL }) =>
      IDL.Service({
        count: IDL.Func([], [IDL.Nat32], []),
        counted: IDL.Func([], [IDL.Nat32], ['query']),
        fail_now: IDL.Func([], [], []),
        trap_query: IDL.Func([], [], ['query']),
      }),
    { agent, canisterId },
  );

async function check(name, test) {
  await test();
  console.log(name);
}

const agent = await trusting(user);

await check('call', async () => assert.equal(await probe(agent).count(), 1));

await check('query', async () => {
  assert.equal(await probe(agent).counted(), 1);
  const { status, reply } = await agent.query(canister, {
    methodName: 'whoami',
    arg: new Uint8Array(),
  });
  assert.equal(status, 'replied');
  const caller = Principal.fromUint8Array(new Uint8Array(reply.arg));
  assert.equal(caller.toText(), user.getPrincipal().toText());
});

await check('asynchronous call', async () => {
  const { response } = await agent.call(canister, {
    methodName: 'count',
    arg: new Uint8Array(),
    callSync: false,
  });
  assert.equal(response.status, 202);
  for (let tries = 0; (await probe(agent).counted()) < 2; tries++) assert.ok(tries < 100);
});

await check('ECDSA', async () => {
  for (const identity of [await ECDSAKeyIdentity.generate(), Secp256k1KeyIdentity.generate()]) {
    await probe(await trusting(identity)).count();
  }
  assert.equal(await probe(agent).counted(), 4);
});

await check('delegation', async () => {
  const session = Ed25519KeyIdentity.generate();
  const end = new Date(Date.now() + 60_000);
  const good = await DelegationChain.create(user, session.getPublicKey(), end, {
    targets: [canisterId],
  });
  await probe(await trusting(DelegationIdentity.fromDelegation(session, good))).count();
  const other = await DelegationChain.create(user, session.getPublicKey(), end, {
    targets: [Principal.fromText(nobody)],
  });
  const restricted = await trusting(DelegationIdentity.fromDelegation(session, other));
  await assert.rejects(probe(restricted).count(), /delegation targets/);
});

await check('rejects', async () => {
  await assert.rejects(probe(agent).fail_now(), /told to trap/);
  await assert.rejects(probe(agent).trap_query(), /told to trap/);
});

await check('state', async () => {
  const status = await CanisterStatus.request({
    canisterId,
    agent,
    paths: ['time', 'controllers', 'subnet', 'module_hash', 'candid'],
  });
  assert.match(status.get('module_hash'), /^[0-9a-f]{64}$/);
  assert.match(status.get('candid'), /service : \{/);
  assert.deepEqual(status.get('controllers').map(String), [canister]);
  assert.ok(Math.abs(Date.now() - status.get('time').getTime()) < 60_000);
  assert.equal(status.get('subnet').nodeKeys.size, 1);
});

await check('forged signature', async () => {
  const forger = Ed25519KeyIdentity.generate();
  const sign = forger.sign.bind(forger);
  forger.sign = async blob => {
    const signature = await sign(blob);
    signature[10] ^= 1;
    return signature;
  };
  const forging = await trusting(forger);
  await assert.rejects(probe(forging).count(), /signature does not verify/);
  await assert.rejects(probe(forging).counted(), /signature does not verify/);
});

await check('expired envelope', async () => {
  const late = await trusting(user);
  for (const kind of ['query', 'update']) {
    late.addTransform(kind, async request => {
      request.body.ingress_expiry = Expiry.fromDeltaInMilliseconds(-60_000);
    });
  }
  await assert.rejects(probe(late).count(), /Invalid request expiry/);
  await assert.rejects(probe(late).counted(), /Invalid request expiry/);
});

await check('unknown canister', async () => {
  await assert.rejects(probe(agent, nobody).count(), /not found/);
  await assert.rejects(probe(agent, nobody).counted(), /not found/);
});

await check('another root key', async () => {
  const untrusting = await trusting(user, { shouldFetchRootKey: false });
  await assert.rejects(probe(untrusting).count(), /verification failed|Invalid signature/);
  await assert.rejects(probe(untrusting).counted(), /verification failed|Invalid signature/);
});
