"""Pure ASGI middlewares: each costs a function call, none buffers a body."""
