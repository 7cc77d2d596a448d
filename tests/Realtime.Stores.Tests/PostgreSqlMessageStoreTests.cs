using Realtime.Testing.Conformance;

namespace Realtime.Stores.Tests;

public sealed class PostgreSqlMessageStoreTests : DurableMessageStoreConformance
{
    private readonly PostgreSqlSchemas _schemas = new();

    protected override ValueTask<IMessageStore> CreateAsync(MessageStoreOptions options) => new(_schemas.StoreAt(_schemas.New(), options));

    protected override ValueTask<IMessageStore> ReopenAsync(IMessageStore closed, MessageStoreOptions options) =>
        new(_schemas.StoreAt(_schemas.Last, options));

    protected override ValueTask CleanUpAsync() => _schemas.DisposeAsync();
}
