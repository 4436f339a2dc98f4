// SPDX-License-Identifier: Apache-2.0
// usage: node tedious.js '{"port":1433,"options":{...}}'   Logs in, runs SELECT 1, closes; prints what a user would see.
'use strict';
const { Connection, Request } = require(require.resolve('tedious', { paths: [process.env.TEDIOUS_HOME] }));
const { port, options } = JSON.parse(process.argv[2]);

function show(error) {
  for (let e = error, depth = 0; e && depth < 4; e = e.cause, depth++) console.log(`${depth ? 'cause' : 'error'} ${e.code}: ${e.message}`);
}

const connection = new Connection({
  server: '127.0.0.1',
  authentication: { type: 'default', options: { userName: 'sa', password: 'Passw0rd!' } },
  options: { port, connectTimeout: 15000, ...options },
});
connection.on('error', show);
connection.on('errorMessage', (message) => console.log(`server error ${message.number}: ${message.message}`));
connection.on('end', () => console.log('ended'));
connection.connect((error) => {
  if (error) {
    show(error);
    connection.close();
    return;
  }
  console.log('connected');
  connection.execSql(new Request('SELECT 1', (failure) => {
    show(failure);
    if (!failure) console.log('queried');
    connection.close();
  }));
});
