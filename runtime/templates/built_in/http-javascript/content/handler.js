export default {
  /** Answers a request. */
  fetch(request) {
    const { pathname } = new URL(request.url);
    console.log(request.method, pathname);
    return new Response("Hello from {{project-name}}!\n", { headers: { "content-type": "text/plain" } });
  },
};
