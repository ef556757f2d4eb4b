/** A TCP relay in front of a server, whose connections can be cut while nobody looks, as load balancers do. */

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class Relay {
  /** In the place of the server's own endpoint. */
  readonly endpoint: string;
  readonly #server: Server;
  readonly #clients: ReadonlySet<Socket>;

  private constructor(server: Server, clients: ReadonlySet<Socket>) {
    this.#server = server;
    this.#clients = clients;
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(endpoint: string): Promise<Relay> {
    const { hostname: host, port } = new URL(endpoint);
    const clients = new Set<Socket>();
    const server = createServer((client) => {
      clients.add(client);
      const upstream = connect({ host, port: Number(port) });
      client.pipe(upstream).pipe(client);
      for (const socket of [client, upstream]) {
        socket.on('error', () => {});
        socket.on('close', () => {
          client.destroy();
          upstream.destroy();
          clients.delete(client);
        });
      }
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Relay(server, clients);
  }

  get connections(): number {
    return this.#clients.size;
  }

  /** Ends every connection: `'end'` with a FIN, as for idle ones, `'reset'` with an RST, as after a restart. */
  cut(how: 'end' | 'reset'): void {
    for (const client of this.#clients) {
      if (how === 'reset') client.resetAndDestroy();
      else client.destroy();
    }
  }

  close(): void {
    this.#server.close();
    this.cut('reset');
  }
}
