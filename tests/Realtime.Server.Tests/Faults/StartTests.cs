namespace Realtime.Server.Tests.Faults;

/// <summary>Settings that can't be right stop the start, in one sentence.</summary>
public sealed class StartTests
{
    private const string LongKey = "a-key-of-at-least-thirty-two-bytes-of-text";

    [Theory]
    [InlineData("Production", "Realtime:Auth:Mode", "demo", "Realtime:Auth:Mode")]
    [InlineData("Production", "Realtime:Auth:Mode", "jwt", "Realtime:Auth:HmacKey")]
    [InlineData("Production", "Realtime:Auth:HmacKey", "", "Realtime:Auth:HmacKey")]
    [InlineData("Production", "Realtime:Auth:HmacKey", "too short", "Realtime:Auth:HmacKey")]
    [InlineData("Development", "Realtime:Auth:HmacKey", "too short", "Realtime:Auth:HmacKey")]
    [InlineData("Development", "Realtime:Auth:Mode", "open", "Realtime:Auth:Mode")]
    [InlineData("Development", "Realtime:Store:Kind", "mysql", "Realtime:Store:Kind")]
    [InlineData("Development", "Realtime:Backbone:Kind", "pigeons", "Realtime:Backbone:Kind")]
    [InlineData("Development", "Realtime:Limits:MaxMessageBytes", "0", "MaxMessageBytes")]
    [InlineData("Development", "Realtime:Limits:MaxMessageBytes", "many", "MaxMessageBytes")]
    [InlineData("Development", "Realtime:Limits:DeduplicationWindow", "00:00:01", "DeduplicationWindow")]
    [InlineData("Development", "Realtime:Retention:Default:MaxMessages", "0", "MaxMessages")]
    [InlineData("Development", "Realtime:Origins:0", "not an origin", "Realtime:Origins")]
    public async Task A_wrong_setting_is_told_in_one_sentence(string environment, string name, string value, string named)
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.RefuseAsync(environment, folder.Path, (name, value));
        Assert.NotEqual(0, server.ExitCode);
        Assert.Contains(named, server.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', server.Errors);
        Assert.DoesNotContain("   at ", server.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_is_taken_by_one_server_alone()
    {
        using var folder = new TemporaryFolder();
        await using var first = await ServerProcess.StartAsync(folder.Path);
        await using var second = await ServerProcess.RefuseAsync("Development", folder.Path);
        Assert.NotEqual(0, second.ExitCode);
        Assert.DoesNotContain('\n', second.Errors);
        Assert.NotEmpty(second.Errors);
    }

    [Fact]
    public async Task Production_starts_with_a_key_and_gives_out_no_demo_tokens()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(
            folder.Path, ("ASPNETCORE_ENVIRONMENT", "Production"), ("DOTNET_ENVIRONMENT", "Production"), ("Realtime:Auth:HmacKey", LongKey));
        using var nobody = new Testing.Clients.ServerClient(server.Address, null);
        using var refused = await nobody.PostAsync("api/demo/token", """{"user":"alice"}""");
        Assert.Equal(404, (int)refused.StatusCode);
        using var alice = new Testing.Clients.ServerClient(server.Address, Testing.Clients.TestToken.Create("alice", TimeSpan.FromMinutes(1), LongKey));
        await alice.PublishAsync("room:a", "1");
    }
}
