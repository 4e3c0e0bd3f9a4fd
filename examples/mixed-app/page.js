// A handler in JavaScript: the page, and who is asked for what.

const PAGE = `<!doctype html>
<title>Words</title>
<form method="post" action="/words" enctype="text/plain">
  <textarea name="text" rows="12" cols="60">the cat and the dog</textarea>
  <button>Count the words</button>
  <button formaction="/totals">Add them to the totals</button>
</form>
`;

/** How many requests this lane has answered. */
let answered = 0;

export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    answered += 1;
    if (pathname === "/") return new Response(PAGE, { headers: { "content-type": "text/html" } });
    if (pathname === "/answered") return Response.json({ answered });
    return new Response(`there is no ${pathname}\n`, { status: 404 });
  },
};
