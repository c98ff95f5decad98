// Runs the official Admin API client against the sandbox and checks what the platform's documents promise.
// Usage: node judge.mjs DEMO_READY_FILE GOLDEN_READY_FILE
import { readFileSync } from 'node:fs';
import { createAdminApiClient } from '@shopify/admin-api-client';

const VERSION = '2026-10';
const [demo, golden] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')));
let passed = 0;
let failed = 0;

async function check(name, body) {
  try {
    await body();
    passed += 1;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}: ${error.message}`);
  }
}

function same(actual, expected, what) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
  }
}

function holds(condition, what) {
  if (!condition) throw new Error(what);
}

/** The official client, with only the host replaced. */
function connect(ready, change = {}) {
  const { base_url: base, fields, secrets } = ready.platforms.shopify;
  const storeDomain = `${fields.shop}.myshopify.com`;
  return createAdminApiClient({
    storeDomain,
    apiVersion: VERSION,
    accessToken: secrets.access_token,
    customFetchApi: (url, init) => fetch(url.replace(`https://${storeDomain}`, base), init),
    ...change,
  });
}

async function data(client, query, variables = {}) {
  const answer = await client.request(query, { variables });
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

async function faults(ready, rules) {
  const url = `${ready.address}/control/faults`;
  await fetch(url, { method: 'DELETE' });
  if (rules.length === 0) return;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rules),
  });
  same(answer.status, 200, 'switching faults on');
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Waits like a patient client until the cost bucket holds enough again. */
async function patiently(client, query, variables = {}) {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const answer = await client.request(query, { variables });
    const codes = (answer.errors?.graphQLErrors ?? []).map((error) => error.extensions?.code);
    if (!codes.includes('THROTTLED')) {
      if (answer.errors) throw new Error(JSON.stringify(answer.errors));
      return answer.data;
    }
    await sleep(500);
  }
  throw new Error('throttled for 30 seconds');
}

async function runBulk(client, query) {
  const started = await patiently(
    client,
    `mutation Start($query: String!) {
      bulkOperationRunQuery(query: $query, groupObjects: false) {
        bulkOperation { id status } userErrors { field message }
      }
    }`,
    { query },
  );
  const { bulkOperation, userErrors } = started.bulkOperationRunQuery;
  if (!bulkOperation) return { userErrors };
  for (let poll = 0; poll < 200; poll += 1) {
    const { bulkOperation: state } = await patiently(
      client,
      `query Poll($id: ID!) {
        bulkOperation(id: $id) { id status errorCode objectCount rootObjectCount url partialDataUrl }
      }`,
      { id: bulkOperation.id },
    );
    if (!['CREATED', 'RUNNING'].includes(state.status)) return { first: bulkOperation, state };
    await sleep(50);
  }
  throw new Error('the bulk operation did not end');
}

const PAGE = `query Page($first: Int!, $after: String) {
  orders(first: $first, after: $after, sortKey: UPDATED_AT) {
    edges { cursor node { id } }
    nodes { id updatedAt }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`;

await check('the shop says who it is', async () => {
  const answer = await connect(demo).request('{ shop { id name currencyCode ianaTimezone myshopifyDomain } }');
  const { shop } = answer.data;
  same(shop.currencyCode, demo.world.currency, 'currency');
  same(shop.ianaTimezone, demo.world.time_zone, 'time zone');
  same(shop.myshopifyDomain, `${demo.platforms.shopify.fields.shop}.myshopify.com`, 'domain');
  holds(/^gid:\/\/shopify\/Shop\/\d+$/.test(shop.id), `id ${shop.id}`);
  const { cost } = answer.extensions;
  holds(cost.requestedQueryCost >= 1 && cost.throttleStatus.maximumAvailable > 0, 'cost is told');
});

await check('the version served is in the answer', async () => {
  const answer = await connect(demo).fetch('{ shop { id } }');
  same(answer.status, 200, 'status');
  same(answer.headers.get('x-shopify-api-version'), VERSION, 'version header');
});

await check('a wrong token is refused with 401', async () => {
  const { errors } = await connect(demo, { accessToken: 'shpat_wrong' }).request('{ shop { id } }');
  same(errors.networkStatusCode, 401, 'status');
});

await check('an unknown field is named', async () => {
  const { errors } = await connect(demo).request('{ orders(first: 1) { nodes { nonsense } } }');
  same(errors.graphQLErrors[0].extensions.code, 'undefinedField', 'code');
  holds(errors.graphQLErrors[0].message.includes("'nonsense'"), errors.graphQLErrors[0].message);
});

await check('cursor paging sees every order once', async () => {
  const client = connect(golden);
  const { ordersCount } = await data(client, '{ ordersCount { count } }');
  const seen = [];
  let after = null;
  do {
    const { orders } = await data(client, PAGE, { first: 2, after });
    same(orders.edges.map((edge) => edge.node.id), orders.nodes.map((node) => node.id), 'edges and nodes');
    same(orders.pageInfo.endCursor, orders.edges.at(-1).cursor, 'end cursor');
    same(orders.pageInfo.hasPreviousPage, after !== null, 'previous page');
    seen.push(...orders.nodes);
    after = orders.pageInfo.hasNextPage ? orders.pageInfo.endCursor : null;
  } while (after);
  same(new Set(seen.map((node) => node.id)).size, seen.length, 'no order twice');
  same(seen.length, ordersCount.count, 'all orders');
  const times = seen.map((node) => node.updatedAt);
  same(times, [...times].sort(), 'sorted by updated_at');
});

await check('a filter by updated_at cuts the list', async () => {
  const client = connect(golden);
  const { orders } = await data(client, PAGE, { first: 50 });
  const middle = orders.nodes[2].updatedAt;
  const filtered = await data(
    client,
    `query Since($query: String!) { orders(first: 50, query: $query, sortKey: UPDATED_AT) { nodes { id } } }`,
    { query: `updated_at:>='${middle}'` },
  );
  const expected = orders.nodes.filter((node) => node.updatedAt >= middle).map((node) => node.id);
  same(filtered.orders.nodes.map((node) => node.id), expected, 'orders since');
});

await check('the ledger of a refunded order adds up', async () => {
  const { orders } = await data(
    connect(golden),
    `{ orders(first: 10) { nodes {
        name currentTotalPriceSet { shopMoney { amount currencyCode } }
        transactions(first: 10) { kind status fees { amount { amount } } }
        agreements(first: 10) { nodes {
          __typename happenedAt reason
          sales(first: 20) { nodes { __typename actionType lineType quantity totalAmount { shopMoney { amount } } } }
        } }
    } } }`,
  );
  const order = orders.nodes.find((node) => node.name === '#G4');
  const sales = order.agreements.nodes.flatMap((agreement) => agreement.sales.nodes);
  const cents = (text) => Math.round(Number(text) * 100);
  const sum = sales.reduce((total, sale) => total + cents(sale.totalAmount.shopMoney.amount), 0);
  same(sum, cents(order.currentTotalPriceSet.shopMoney.amount), 'ledger');
  same(sum, 600, 'the shipping stays');
  same(order.agreements.nodes.map((node) => node.__typename), ['OrderAgreement', 'RefundAgreement'], 'agreements');
  holds(order.transactions.some((item) => item.fees.some((fee) => fee.amount.amount === '3.95')), 'fee 3.95');
});

await check('a page over 250 is refused', async () => {
  const { errors } = await connect(demo).request('{ orders(first: 251) { nodes { id } } }');
  holds(errors.graphQLErrors.length > 0, 'an error');
});

await check('a query that costs over 1,000 points is refused', async () => {
  const { errors } = await connect(demo).request(
    '{ orders(first: 250) { nodes { agreements(first: 250) { nodes { sales(first: 250) { nodes { id } } } } } } }',
  );
  same(errors.graphQLErrors[0].extensions.code, 'MAX_COST_EXCEEDED', 'code');
});

await check('an empty bucket throttles inside HTTP 200 and fills again', async () => {
  const client = connect(golden);
  const query =
    '{ orders(first: 10) { nodes { agreements(first: 250) { nodes { sales(first: 250) { nodes { id } } } } } } }';
  let throttled;
  for (let call = 0; call < 300 && !throttled; call += 1) {
    const answer = await client.request(query);
    throttled = answer.errors && answer;
  }
  holds(throttled, 'the bucket never ran dry');
  same(throttled.errors.networkStatusCode, 200, 'status');
  same(throttled.errors.graphQLErrors[0].extensions.code, 'THROTTLED', 'code');
  const { cost } = throttled.extensions;
  const { currentlyAvailable, restoreRate } = cost.throttleStatus;
  holds(currentlyAvailable < cost.requestedQueryCost, 'too little is available');
  await sleep(((cost.requestedQueryCost - currentlyAvailable) / restoreRate) * 1000 + 100);
  const again = await client.request(query);
  holds(!again.errors, 'after the wait told by the answer the query runs');
});

await check('the client retries 503 by itself', async () => {
  await faults(golden, [{ point: 'shopify.graphql', times: 1, fault: { kind: 'status', status: 503 } }]);
  const answer = await connect(golden, { retries: 2 }).request('{ shop { id } }');
  await faults(golden, []);
  holds(answer.data?.shop?.id, JSON.stringify(answer.errors));
});

await check('a bulk operation exports every order with its children', async () => {
  const client = connect(golden);
  const { ordersCount } = await patiently(client, '{ ordersCount { count } }');
  const { first, state } = await runBulk(
    client,
    '{ orders { edges { node { id name lineItems { edges { node { id quantity } } } } } } }',
  );
  same(first.status, 'CREATED', 'first status');
  same([state.status, state.errorCode], ['COMPLETED', null], 'end');
  const text = await (await fetch(state.url)).text();
  const lines = text.trim().split('\n').map((line) => JSON.parse(line));
  same(String(lines.length), state.objectCount, 'object count');
  const parents = new Set(lines.filter((line) => !line.__parentId).map((line) => line.id));
  same(String(parents.size), state.rootObjectCount, 'root object count');
  same(parents.size, ordersCount.count, 'orders');
  const children = lines.filter((line) => line.__parentId);
  holds(children.length > 0 && children.every((line) => parents.has(line.__parentId)), 'children name parents');
  const part = await fetch(state.url, { headers: { range: 'bytes=10-19' } });
  same([part.status, await part.text()], [206, text.slice(10, 20)], 'a range');
  const unsigned = await fetch(state.url.split('?')[0]);
  holds(unsigned.status >= 400, `an unsigned address answers ${unsigned.status}`);
});

await check('a bulk query must have exactly one connection at the top', async () => {
  const { userErrors } = await runBulk(connect(golden), '{ shop { id } }');
  holds(userErrors.length > 0 && userErrors[0].message, 'user errors');
});

await check('a failed bulk operation says so', async () => {
  await faults(golden, [{ point: 'shopify.bulk', times: 1, fault: { kind: 'bulk_fail' } }]);
  const { state } = await runBulk(connect(golden), '{ orders { edges { node { id } } } }');
  same([state.status, state.errorCode], ['FAILED', 'INTERNAL_SERVER_ERROR'], 'failure');
  const again = await runBulk(connect(golden), '{ orders { edges { node { id } } } }');
  await faults(golden, []);
  same(again.state.status, 'COMPLETED', 'the next one');
});

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
