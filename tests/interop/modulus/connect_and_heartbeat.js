// Not ours, and here to the letter: printed in the governing document of Modulus, WebSocket API quick start,
// sections "Establishing a Connection" and "Heartbeat".

const WebSocket = require('ws');

const API_KEY = process.env.MODULUS_API_KEY;
const WS_ENDPOINT = 'wss://{your-api-endpoint}/v1';

function connect() {
  const ws = new WebSocket(WS_ENDPOINT, {
    headers: {
      'x-api-key': API_KEY
    }
  });

  ws.on('open', () => {
    console.log('Connected to WebSocket API');
    startHeartbeat(ws);
  });

  ws.on('message', (data) => {
    const message = JSON.parse(data.toString());
    handleMessage(message);
  });

  ws.on('close', (code, reason) => {
    console.log(`Connection closed: ${code} - ${reason}`);
    // Implement reconnection logic
    setTimeout(() => connect(), 5000);
  });

  ws.on('error', (error) => {
    console.error('WebSocket error:', error.message);
  });

  return ws;
}

function handleMessage(message) {
  switch (message.action) {
    case 'terminalsResponse':
      console.log('Terminals:', message.terminals);
      break;
    case 'paymentComplete':
      console.log('Payment complete:', message.paymentResponse);
      break;
    case 'terminalStatusUpdate':
      console.log('Terminal status:', message.status);
      break;
    case 'forceDisconnect':
      console.log('Disconnected:', message.reason);
      break;
    case 'pong':
      console.log('Heartbeat received');
      break;
    default:
      console.log('Unknown message:', message);
  }
}

const ws = connect();

let pingTimeout;
let heartbeatInterval;

function startHeartbeat(ws) {
  heartbeatInterval = setInterval(() => {
    ws.send(JSON.stringify({ action: 'ping' }));

    // Set timeout for pong response
    pingTimeout = setTimeout(() => {
      console.log('Pong timeout - connection may be dead');
      ws.terminate();
    }, 10000);
  }, 30000);
}

function handleMessage(message) {
  if (message.action === 'pong') {
    // Clear timeout when pong received
    clearTimeout(pingTimeout);
    console.log('Heartbeat OK');
  }
}

function stopHeartbeat() {
  clearInterval(heartbeatInterval);
  clearTimeout(pingTimeout);
}
