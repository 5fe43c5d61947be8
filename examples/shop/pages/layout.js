export function layout({ title, body, assetAddress }) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="${assetAddress('style.css')}">
</head>
<body>
<nav><a href="/">Teahouse</a> <a href="/teapot">Teapots</a> <a href="/search">Search</a> <a href="/basket">Basket</a> <a href="/orders">Orders</a></nav>
<main>${body}</main>
</body>
</html>
`
}
