// Shows what the server pushes while no page is open, and what a page that is open hands over.
/* global self */

self.addEventListener('push', (event) => {
  event.waitUntil(show(event.data.json()));
});

self.addEventListener('message', (event) => {
  event.waitUntil(show(event.data));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openPage());
});

/** One notification for a channel: a newer one takes its place. `content` is what a push holds. */
function show({ channel, unread, data }) {
  const text = typeof data === 'string' ? data : data?.text;
  const title = unread > 1 ? `${unread} messages for you` : 'A message for you';
  return self.registration.showNotification(title, {
    body: typeof text === 'string' ? text.slice(0, 300) : '', tag: channel, renotify: true, icon: '/favicon.svg',
  });
}

async function openPage() {
  const [page] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  await (page ? page.focus() : self.clients.openWindow('/'));
}
