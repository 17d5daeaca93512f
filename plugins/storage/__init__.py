"""A little room per app and person, for pages whose browser keeps nothing and for backends that want to find it again."""
