// Runs the official API client against the sandbox and checks what the platform's documents promise.
//
// Usage: judge.mjs DEMO_READY_FILE GOLDEN_READY_FILE
import { readFileSync } from 'node:fs';
import client from '@gohighlevel/api-client';

const { HighLevel } = client;
const [demo, golden] = process.argv.slice(2, 4).map((path) => JSON.parse(readFileSync(path, 'utf8')));
const checks = [];
const check = (name, body) => checks.push([name, body]);

function assert(holds, words) {
  if (!holds) throw new Error(words);
}

// Only the host is replaced; its address is read when a client is made.
function connect(ready, settings) {
  const platform = ready.platforms.gohighlevel;
  HighLevel.BASE_URL = platform.base_url;
  const token = { privateIntegrationToken: platform.secrets.access_token };
  return {
    api: new HighLevel({ apiVersion: 'v3', logLevel: 'none', ...(settings ?? token) }),
    location: platform.fields.location_id,
    ...platform,
  };
}

async function refused(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('the call was not refused');
}

async function contacts(connection, body) {
  const all = [];
  let searchAfter;
  for (;;) {
    const page = await connection.api.contacts.searchContactsAdvanced({
      locationId: connection.location, ...body, ...(searchAfter ? { searchAfter } : {}),
    });
    if (page.contacts.length === 0) return { all, total: page.total };
    all.push(...page.contacts);
    searchAfter = page.contacts.at(-1).searchAfter;
  }
}

const control = (ready, path, body, method = 'POST') =>
  fetch(ready.address + path, {
    method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body),
  });

check('the location is shown with its zone', async () => {
  const { api, location } = connect(demo);
  const found = await api.locations.getLocation({ locationId: location });
  assert(found.location.id === location, JSON.stringify(found));
  assert(found.location.timezone === demo.world.time_zone, found.location.timezone);
});

check('searchAfter sees every contact once', async () => {
  const { all, total } = await contacts(connect(demo), { pageLimit: 500 });
  assert(new Set(all.map((one) => one.id)).size === all.length, 'a contact came twice');
  assert(all.length === total && total > 1000, `${all.length} of ${total}`);
});

check('page numbers and searchAfter agree', async () => {
  const connection = connect(golden);
  const search = (page) =>
    connection.api.contacts.searchContactsAdvanced({ locationId: connection.location, pageLimit: 1, page });
  const [first, second] = [await search(1), await search(2)];
  assert(first.contacts.length === 1 && second.contacts.length === 0, 'the golden brand has one contact');
});

check('a range of dateUpdated narrows a search', async () => {
  const connection = connect(demo);
  const until = Date.parse(`${demo.world.to}T00:00:00Z`);
  const range = (value) => contacts(connection, {
    pageLimit: 500, filters: [{ field: 'dateUpdated', operator: 'range', value }],
    sort: [{ field: 'dateUpdated', direction: 'asc' }],
  });
  const [before, after] = [await range({ lt: until }), await range({ gte: until })];
  const whole = await contacts(connection, { pageLimit: 500 });
  assert(before.total + after.total === whole.total && before.total > 0, `${before.total} ${after.total}`);
  const times = before.all.map((one) => Date.parse(one.dateUpdated));
  assert(times.every((time, index) => index === 0 || times[index - 1] <= time), 'not sorted');
});

check('a contact read by its id is the one that was listed', async () => {
  const { api, location } = connect(golden);
  const [listed] = (await api.contacts.searchContactsAdvanced({ locationId: location, pageLimit: 1 })).contacts;
  const { contact } = await api.contacts.getContact({ contactId: listed.id });
  assert(contact.email === listed.email && contact.dateUpdated === listed.dateUpdated, JSON.stringify(contact));
});

check('opportunities are paged by startAfter and add up to the total', async () => {
  const { api, location } = connect(demo);
  const all = [];
  let next = {};
  let total;
  for (;;) {
    const page = await api.opportunities.searchOpportunity({ locationId: location, limit: 50, ...next });
    all.push(...page.opportunities);
    total = page.meta.total;
    if (!page.meta.startAfterId) break;
    next = { startAfter: page.meta.startAfter, startAfterId: page.meta.startAfterId };
  }
  assert(new Set(all.map((one) => one.id)).size === total && all.length === total, `${all.length} of ${total}`);
  assert(all.every((one) => typeof one.monetaryValue === 'number' && one.locationId === location), 'shape');
});

check('the two searches of opportunities agree', async () => {
  const { api, location } = connect(demo);
  const won = await api.opportunities.searchOpportunity({ locationId: location, limit: 100, status: 'won' });
  assert(won.opportunities.every((one) => one.status === 'won'), 'status');
  const plain = await api.opportunities.searchOpportunity({ locationId: location, limit: 100 });
  const advanced = await api.opportunities.searchOpportunitiesAdvanced({
    locationId: location, query: '', limit: 100, page: 1,
  });
  assert(advanced.total === plain.meta.total, `${advanced.total} ${plain.meta.total}`);
  assert(advanced.opportunities[0].id === plain.opportunities[0].id, 'order');
});

check('every opportunity stands in a stage of the pipeline', async () => {
  const { api, location } = connect(demo);
  const { pipelines } = await api.opportunities.getPipelines({ locationId: location });
  const stages = new Set(pipelines.flatMap((one) => one.stages.map((stage) => stage.id)));
  const page = await api.opportunities.searchOpportunity({ locationId: location, limit: 100 });
  assert(page.opportunities.every((one) => stages.has(one.pipelineStageId)), 'a stage is missing');
});

check('a refresh token works once, and the new tokens work', async () => {
  const { oauth } = connect(golden);
  const settings = { apiVersion: '2021-07-28', clientId: oauth.client_id, clientSecret: oauth.client_secret };
  const { api, location } = connect(golden, settings);
  const refresh = (token) =>
    api.oauth.refreshToken(token, oauth.client_id, oauth.client_secret, 'refresh_token', 'Location');
  const granted = await refresh(oauth.refresh_token);
  assert(granted.access_token && granted.expires_in === 86399 && granted.userType === 'Location', 'grant');
  const error = await refused(() => refresh(oauth.refresh_token));
  assert(error.statusCode === 400, `${error.statusCode}`);
  const again = await refresh(granted.refresh_token);
  const { api: signed } = connect(golden, { ...settings, locationAccessToken: again.access_token });
  const found = await signed.locations.getLocation({ locationId: location });
  assert(found.location.id === location && again.locationId === location, JSON.stringify(found));
});

check('errors have their status and words', async () => {
  const wrong = connect(golden, { privateIntegrationToken: 'pit-wrong' });
  const denied = await refused(() => wrong.api.locations.getLocation({ locationId: wrong.location }));
  assert(denied.statusCode === 401 && denied.code === 'AUTHENTICATION', `${denied.statusCode}`);
  const { api } = connect(golden);
  const other = await refused(() => api.locations.getLocation({ locationId: 'AnotherLocation00000' }));
  assert(other.statusCode === 403 && other.code === 'FORBIDDEN', `${other.statusCode}`);
  const large = await refused(() => api.contacts.searchContactsAdvanced({ locationId: 'x', pageLimit: 9999 }));
  assert([403, 422].includes(large.statusCode), `${large.statusCode}`);
});

check('an expired token is told apart', async () => {
  const { api, location } = connect(golden);
  await control(golden, '/control/faults', {
    point: 'gohighlevel.location', times: 1, fault: { kind: 'expired_token' },
  });
  const error = await refused(() => api.locations.getLocation({ locationId: location }));
  await control(golden, '/control/faults', undefined, 'DELETE');
  assert(error.statusCode === 401 && error.message.includes('expired'), error.message);
});

check('over the limit the headers say which and how much', async () => {
  const { api, location } = connect(golden);
  let error;
  for (let call = 0; call < 130 && !error; call += 1) {
    await api.locations.getLocation({ locationId: location }).catch((reason) => { error = reason; });
  }
  assert(error?.code === 'RATE_LIMIT', `${error?.code}`);
  const { scope, max, remaining, intervalMs, dailyLimit } = error.rateLimit;
  assert(scope === 'burst' && max === 100 && remaining === 0, JSON.stringify(error.rateLimit));
  assert(intervalMs === 10000 && dailyLimit === 200000, JSON.stringify(error.rateLimit));
});

let failed = 0;
for (const [name, body] of checks) {
  try {
    await body();
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}: ${error.message}`);
  }
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
