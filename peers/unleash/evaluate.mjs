// Answers for the official Node SDK. A line on standard input is a set of
// features and segments with queries, {features, segments, queries: [{name,
// context}]}; the line on standard output is the list of its answers.
import { createInterface } from 'node:readline';
import sdk from 'unleash-client';

function clientFor(features, segments) {
  const client = new sdk.Unleash({
    appName: 'hoist',
    url: 'http://127.0.0.1:1/', // nobody is there, and with a bootstrap nobody is needed
    refreshInterval: 0,
    disableMetrics: true,
    skipInstanceCountWarning: true,
    storageProvider: new sdk.InMemStorageProvider(),
    bootstrap: { data: features, segments },
  });
  client.on('error', () => {});
  return new Promise((resolve) => client.once('ready', () => resolve(client)));
}

function answer(client, { name, context }) {
  try {
    // The SDK adds to contexts; each call gets its own.
    const enabled = client.isEnabled(name, structuredClone(context));
    const { featureEnabled, ...variant } = client.getVariant(name, structuredClone(context));
    return { enabled, variant };
  } catch (error) {
    return { error: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { features, segments, queries } = JSON.parse(line);
  const client = await clientFor(features, segments);
  process.stdout.write(JSON.stringify(queries.map((query) => answer(client, query))) + '\n');
  client.destroy();
}
process.exit(0); // timers of the SDK go on
