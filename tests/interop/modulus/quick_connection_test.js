// Not ours, and here to the letter: printed in the governing document of Modulus, WebSocket API quick start,
// section "Quick Connection Test".

const WebSocket = require('ws');

async function testConnection() {
  const ws = new WebSocket('wss://{your-api-endpoint}/v1', {
    headers: { 'x-api-key': process.env.MODULUS_API_KEY }
  });

  ws.on('open', () => {
    console.log('1. Connection established');

    // Test getTerminals
    ws.send(JSON.stringify({ action: 'getTerminals' }));

    // Test ping
    setTimeout(() => {
      ws.send(JSON.stringify({ action: 'ping' }));
    }, 1000);
  });

  ws.on('message', (data) => {
    const message = JSON.parse(data.toString());

    if (message.action === 'terminalsResponse') {
      console.log('2. Terminals received:', message.terminals.length);
    }

    if (message.action === 'pong') {
      console.log('3. Heartbeat working');
      console.log('All tests passed!');
      ws.close();
    }
  });

  ws.on('error', (err) => {
    console.error('Test failed:', err.message);
  });
}

testConnection();
