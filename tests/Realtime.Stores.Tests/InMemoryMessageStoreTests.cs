using Realtime.Testing.Conformance;

namespace Realtime.Stores.Tests;

public sealed class InMemoryMessageStoreTests : MessageStoreConformance
{
    protected override ValueTask<IMessageStore> CreateAsync(MessageStoreOptions options) => new(new InMemoryMessageStore(options));
}
