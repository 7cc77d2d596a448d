using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Realtime.Stores.Sqlite;

namespace Realtime.Stores.Tests;

public sealed class SqliteServiceCollectionTests
{
    [Fact]
    public async Task The_container_gives_one_store_and_disposes_it()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var provider = new ServiceCollection()
            .AddLogging()
            .AddSqliteMessageStore(options => options.Path = folder.PathOf("x.db"))
            .BuildServiceProvider();
        var store = provider.GetRequiredService<IMessageStore>();
        await store.OpenAsync(cancel);

        Assert.Same(store, provider.GetRequiredService<IMessageStore>());
        await provider.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.OpenAsync(cancel));
    }

    [Fact]
    public void Wrong_settings_are_refused_each_in_a_sentence()
    {
        using var provider = new ServiceCollection()
            .AddLogging()
            .AddSqliteMessageStore(options =>
            {
                options.Path = " ";
                options.Synchronous = (SqliteSynchronous)7;
                options.MaxReadConnections = 0;
            })
            .BuildServiceProvider();

        var refusal = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<IMessageStore>);

        Assert.Equal(3, refusal.Failures.Count());
        Assert.All(refusal.Failures, failure => Assert.Contains("Realtime:Store:", failure, StringComparison.Ordinal));
    }
}
