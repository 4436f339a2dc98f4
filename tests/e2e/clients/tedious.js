// SPDX-License-Identifier: Apache-2.0
// usage: node tedious.js '{"port":1433,"server":"127.0.0.1","count":1,"from":["127.0.0.1"],"options":{...}}'
// Logs in `count` times at once, from these addresses in turn, runs SELECT @@VERSION, closes; prints what a user would see.
// With `idle` it does not close but waits, with TCP keep-alive after so many milliseconds, for so long as `patience`.
'use strict';
const { Connection, Request } = require(require.resolve('tedious', { paths: [process.env.TEDIOUS_HOME] }));
const { server = '127.0.0.1', port, count = 1, from = [], idle = 0, patience = 0, options } = JSON.parse(process.argv[2]);

function show(error) {
  for (let e = error, depth = 0; e && depth < 4; e = e.cause, depth++) console.log(`${depth ? 'cause' : 'error'} ${e.code}: ${e.message}`);
}

function talk(number) {
  const connection = new Connection({
    server,
    authentication: { type: 'default', options: { userName: 'sa', password: 'Passw0rd!' } },
    options: { port, connectTimeout: 15000, localAddress: from[number % from.length], ...options },
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
    const request = new Request('SELECT @@VERSION', (failure) => {
      show(failure);
      if (!failure) console.log('queried');
      if (idle) {
        connection.socket.setKeepAlive(true, idle);
        setTimeout(() => connection.close(), patience);
        connection.socket.on('error', (error) => console.log(`socket ${error.code}`));
        connection.on('end', () => setImmediate(() => process.exit(0)));
      } else {
        connection.close();
      }
    });
    request.on('row', (columns) => console.log(`row ${columns[0].value}`));
    connection.execSql(request);
  });
}

for (let i = 0; i < count; i++) talk(i);
