// Given to Node.js by --require: aws-lambda-ric's native client, which is not built here, by node:http.
'use strict';

const http = require('node:http');
const Module = require('node:module');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true });
let posts = [];

function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const options = { host, port, agent, method, headers, path: `/2018-06-01/runtime/invocation/${path}` };
    const request = http.request(options, (response) => {
      const { headers: received } = response;
      const whole = response.setEncoding('utf8').toArray();
      whole.then((chunks) => resolve({ bodyJson: chunks.join(''), headers: received }), reject);
    });
    request.on('error', reject).end(body);
  });
}

const client = {
  // The native client posts before it returns: no event is asked for while an answer is on its way.
  async next() {
    await Promise.all(posts.splice(0));
    return call('GET', 'next');
  },
  done(requestId, body) {
    posts.push(call('POST', `${requestId}/response`, body));
  },
  error(requestId, body) {
    posts.push(call('POST', `${requestId}/error`, body));
  },
};

const load = Module._load;
Module._load = (request, ...rest) => (request === './rapid-client.node' ? client : load(request, ...rest));
