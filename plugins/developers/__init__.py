"""Who publishes: organisations with members, domains they proved, and keys they sign with."""
