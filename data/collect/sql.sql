-- akushu collect: what one instance of SQL Server knows of its connections. Reads alone; for SQL Server 2005 and later.
-- Needs VIEW SERVER STATE and VIEW ANY DEFINITION; what the login may not see becomes a line "missing".
-- sqlcmd -S SERVER -E -h -1 -W -w 65535 -u -i collect.sql -o sql.txt
SET NOCOUNT ON;
SET QUOTED_IDENTIFIER ON;
SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;
DECLARE @o TABLE (id int IDENTITY(1,1), line nvarchar(3000));
DECLARE @s nvarchar(1), @q nvarchar(4000);
SET @s = NCHAR(31);
INSERT @o (line) SELECT N'akushu-collect' + @s + N'version=1' + @s + N'of=sql' + @s + N'time=' + CONVERT(nvarchar(19), GETUTCDATE(), 126) + N'Z'
    + @s + N'host=' + ISNULL(CONVERT(nvarchar(128), SERVERPROPERTY('MachineName')), N'')
    + @s + N'instance=' + ISNULL(CONVERT(nvarchar(128), SERVERPROPERTY('InstanceName')), N'') + @s;
INSERT @o (line) SELECT N'server' + @s + N'build=' + ISNULL(CONVERT(nvarchar(64), SERVERPROPERTY('ProductVersion')), N'')
    + @s + N'edition=' + ISNULL(CONVERT(nvarchar(128), SERVERPROPERTY('Edition')), N'')
    + @s + N'level=' + ISNULL(CONVERT(nvarchar(64), SERVERPROPERTY('ProductLevel')), N'')
    + @s + N'update=' + ISNULL(CONVERT(nvarchar(64), SERVERPROPERTY('ProductUpdateLevel')), N'')
    + @s + N'clustered=' + ISNULL(CONVERT(nvarchar(8), SERVERPROPERTY('IsClustered')), N'')
    + @s + N'hadr=' + ISNULL(CONVERT(nvarchar(8), SERVERPROPERTY('IsHadrEnabled')), N'') + @s;
BEGIN TRY
    SET @q = N'SELECT TOP 200 N''connection'' + NCHAR(31) + N''count='' + CONVERT(nvarchar(12), COUNT(*)) + NCHAR(31) + N''transport='' + net_transport
        + NCHAR(31) + N''encrypt='' + encrypt_option + NCHAR(31) + N''auth='' + auth_scheme + NCHAR(31) + N''tds='' + ISNULL(CONVERT(nvarchar(12), protocol_version), N'''')
        + NCHAR(31) + N''client='' + ISNULL(client_net_address, N'''') + NCHAR(31) + N''packet='' + ISNULL(CONVERT(nvarchar(12), MAX(net_packet_size)), N'''') + NCHAR(31)
        FROM sys.dm_exec_connections GROUP BY net_transport, encrypt_option, auth_scheme, protocol_version, client_net_address ORDER BY COUNT(*) DESC';
    INSERT @o (line) EXEC (@q);
END TRY
BEGIN CATCH
    INSERT @o (line) SELECT N'missing' + @s + N'what=connection' + @s + N'why=' + LEFT(ERROR_MESSAGE(), 400) + @s;
END CATCH;
BEGIN TRY
    SET @q = N'SELECT TOP 200 N''linked'' + NCHAR(31) + N''name='' + name + NCHAR(31) + N''product='' + ISNULL(product, N'''') + NCHAR(31) + N''provider='' + ISNULL(provider, N'''')
        + NCHAR(31) + N''source='' + LEFT(ISNULL(data_source, N''''), 400) + NCHAR(31) + N''encrypt='' + CASE
            WHEN REPLACE(provider_string, N'' '', N'''') LIKE N''%encrypt=strict%'' THEN N''strict''
            WHEN REPLACE(provider_string, N'' '', N'''') LIKE N''%encrypt=yes%'' OR REPLACE(provider_string, N'' '', N'''') LIKE N''%encrypt=true%''
              OR REPLACE(provider_string, N'' '', N'''') LIKE N''%encrypt=mandatory%'' THEN N''mandatory''
            WHEN REPLACE(provider_string, N'' '', N'''') LIKE N''%encrypt=%'' THEN N''optional'' ELSE N'''' END
        + NCHAR(31) + N''trust='' + CASE WHEN REPLACE(provider_string, N'' '', N'''') LIKE N''%trustservercertificate=yes%''
            OR REPLACE(provider_string, N'' '', N'''') LIKE N''%trustservercertificate=true%'' THEN N''yes'' ELSE N'''' END
        + NCHAR(31) + N''rpc_out='' + CONVERT(nvarchar(1), is_rpc_out_enabled) + NCHAR(31) FROM sys.servers WHERE is_linked = 1 ORDER BY name';
    INSERT @o (line) EXEC (@q);
END TRY
BEGIN CATCH
    INSERT @o (line) SELECT N'missing' + @s + N'what=linked' + @s + N'why=' + LEFT(ERROR_MESSAGE(), 400) + @s;
END CATCH;
BEGIN TRY
    SET @q = N'SELECT N''endpoint'' + NCHAR(31) + N''name='' + e.name + NCHAR(31) + N''port='' + ISNULL(CONVERT(nvarchar(8), t.port), N'''') + NCHAR(31) + N''state='' + e.state_desc
        + NCHAR(31) + N''role='' + ISNULL(e.role_desc, N'''') + NCHAR(31) + N''auth='' + ISNULL(e.connection_auth_desc, N'''') + NCHAR(31) + N''encrypted='' + CONVERT(nvarchar(1), e.is_encryption_enabled)
        + NCHAR(31) + N''algorithm='' + ISNULL(e.encryption_algorithm_desc, N'''') + NCHAR(31) + N''certificate='' + ISNULL(c.name, N'''') + NCHAR(31)
        FROM sys.database_mirroring_endpoints e LEFT JOIN sys.tcp_endpoints t ON t.endpoint_id = e.endpoint_id
        LEFT JOIN master.sys.certificates c ON c.certificate_id = e.certificate_id ORDER BY e.name';
    INSERT @o (line) EXEC (@q);
END TRY
BEGIN CATCH
    INSERT @o (line) SELECT N'missing' + @s + N'what=endpoint' + @s + N'why=' + LEFT(ERROR_MESSAGE(), 400) + @s;
END CATCH;
BEGIN TRY
    SET @q = N'SELECT TOP 100 N''certificate'' + NCHAR(31) + N''name='' + name + NCHAR(31) + N''subject='' + LEFT(ISNULL(subject, N''''), 400) + NCHAR(31) + N''issuer='' + LEFT(ISNULL(issuer_name, N''''), 400)
        + NCHAR(31) + N''thumbprint='' + ISNULL(LOWER(SUBSTRING(master.dbo.fn_varbintohexstr(thumbprint), 3, 40)), N'''') + NCHAR(31) + N''from='' + CONVERT(nvarchar(19), start_date, 126) + N''Z''
        + NCHAR(31) + N''until='' + CONVERT(nvarchar(19), expiry_date, 126) + N''Z'' + NCHAR(31) + N''key='' + ISNULL(pvt_key_encryption_type_desc, N'''') + NCHAR(31)
        FROM master.sys.certificates WHERE name NOT LIKE N''##%'' ORDER BY name';
    INSERT @o (line) EXEC (@q);
END TRY
BEGIN CATCH
    INSERT @o (line) SELECT N'missing' + @s + N'what=certificate' + @s + N'why=' + LEFT(ERROR_MESSAGE(), 400) + @s;
END CATCH;
BEGIN TRY
    SET @q = N'SELECT N''setting'' + NCHAR(31) + N''name='' + name + NCHAR(31) + N''value='' + CONVERT(nvarchar(64), value) + NCHAR(31) + N''in_use='' + CONVERT(nvarchar(64), value_in_use) + NCHAR(31)
        FROM sys.configurations WHERE name IN (N''network packet size (B)'', N''remote access'', N''remote login timeout (s)'', N''remote query timeout (s)'',
        N''max worker threads'', N''user connections'', N''common criteria compliance enabled'', N''remote admin connections'') ORDER BY name';
    INSERT @o (line) EXEC (@q);
END TRY
BEGIN CATCH
    INSERT @o (line) SELECT N'missing' + @s + N'what=setting' + @s + N'why=' + LEFT(ERROR_MESSAGE(), 400) + @s;
END CATCH;
BEGIN TRY
    SET @q = N'SELECT TOP 100 N''ring'' + NCHAR(31) + N''time='' + CONVERT(nvarchar(23), DATEADD(ms, (r.t - i.ms_ticks) % 1000, DATEADD(second, (r.t - i.ms_ticks) / 1000, GETUTCDATE())), 126) + N''Z''
        + NCHAR(31) + N''type='' + ISNULL(x.value(''(//RecordType)[1]'', ''nvarchar(40)''), N'''') + NCHAR(31) + N''source='' + ISNULL(x.value(''(//RecordSource)[1]'', ''nvarchar(40)''), N'''')
        + NCHAR(31) + N''spid='' + ISNULL(x.value(''(//Spid)[1]'', ''nvarchar(12)''), N'''') + NCHAR(31) + N''error='' + ISNULL(x.value(''(//SniConsumerError)[1]'', ''nvarchar(12)''), N'''')
        + NCHAR(31) + N''state='' + ISNULL(x.value(''(//ConnectivityTraceRecord/State)[1]'', ''nvarchar(12)''), N'''') + NCHAR(31) + N''os='' + ISNULL(x.value(''(//OSError)[1]'', ''nvarchar(12)''), N'''')
        + NCHAR(31) + N''provider='' + ISNULL(x.value(''(//SniProvider)[1]'', ''nvarchar(12)''), N'''') + NCHAR(31) + N''remote='' + ISNULL(x.value(''(//RemoteHost)[1]'', ''nvarchar(64)''), N'''')
        + NCHAR(31) + N''remote_port='' + ISNULL(x.value(''(//RemotePort)[1]'', ''nvarchar(12)''), N'''') + NCHAR(31) + N''local_port='' + ISNULL(x.value(''(//LocalPort)[1]'', ''nvarchar(12)''), N'''')
        + NCHAR(31) + N''input='' + ISNULL(x.value(''(//TdsInputBufferError)[1]'', ''nvarchar(12)''), N'''') + NCHAR(31) + N''output='' + ISNULL(x.value(''(//TdsOutputBufferError)[1]'', ''nvarchar(12)''), N'''')
        + NCHAR(31) + N''bytes='' + ISNULL(x.value(''(//TdsInputBufferBytes)[1]'', ''nvarchar(12)''), N'''')
        + NCHAR(31) + N''flags=''
        + CASE WHEN x.value(''(//PhysicalConnectionIsKilled)[1]'', ''nvarchar(4)'') = N''1'' THEN N''connection-killed,'' ELSE N'''' END
        + CASE WHEN x.value(''(//DisconnectDueToReadError)[1]'', ''nvarchar(4)'') = N''1'' THEN N''read-error,'' ELSE N'''' END
        + CASE WHEN x.value(''(//NetworkErrorFoundInInputStream)[1]'', ''nvarchar(4)'') = N''1'' THEN N''input-error,'' ELSE N'''' END
        + CASE WHEN x.value(''(//ErrorFoundBeforeLogin)[1]'', ''nvarchar(4)'') = N''1'' THEN N''before-login,'' ELSE N'''' END
        + CASE WHEN x.value(''(//SessionIsKilled)[1]'', ''nvarchar(4)'') = N''1'' THEN N''session-killed,'' ELSE N'''' END
        + CASE WHEN x.value(''(//NormalDisconnect)[1]'', ''nvarchar(4)'') = N''1'' THEN N''normal,'' ELSE N'''' END
        + CASE WHEN x.value(''(//NormalLogout)[1]'', ''nvarchar(4)'') = N''1'' THEN N''logout,'' ELSE N'''' END
        + NCHAR(31) + N''total='' + ISNULL(x.value(''(//TotalLoginTimeInMilliseconds)[1]'', ''nvarchar(12)''), N'''') + NCHAR(31) + N''enqueued='' + ISNULL(x.value(''(//LoginTaskEnqueuedInMilliseconds)[1]'', ''nvarchar(12)''), N'''')
        + NCHAR(31) + N''writes='' + ISNULL(x.value(''(//NetworkWritesInMilliseconds)[1]'', ''nvarchar(12)''), N'''') + NCHAR(31) + N''reads='' + ISNULL(x.value(''(//NetworkReadsInMilliseconds)[1]'', ''nvarchar(12)''), N'''')
        + NCHAR(31) + N''tls='' + ISNULL(x.value(''(//SslProcessingInMilliseconds)[1]'', ''nvarchar(12)''), N'''') + NCHAR(31) + N''sspi='' + ISNULL(x.value(''(//SspiProcessingInMilliseconds)[1]'', ''nvarchar(12)''), N'''')
        + NCHAR(31) FROM (SELECT [timestamp] AS t, CONVERT(xml, record) AS x FROM sys.dm_os_ring_buffers WHERE ring_buffer_type = N''RING_BUFFER_CONNECTIVITY'') r
        CROSS JOIN sys.dm_os_sys_info i ORDER BY r.t DESC';
    INSERT @o (line) EXEC (@q);
END TRY
BEGIN CATCH
    INSERT @o (line) SELECT N'missing' + @s + N'what=ring' + @s + N'why=' + LEFT(ERROR_MESSAGE(), 400) + @s;
END CATCH;
INSERT @o (line) SELECT N'end' + @s + N'lines=' + CONVERT(nvarchar(12), COUNT(*) + 1) + @s FROM @o;
SELECT REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(line COLLATE Latin1_General_BIN2, N'%', N'%25'), N'|', N'%7C'), NCHAR(13), N'%0D'), NCHAR(10), N'%0A'), @s, N'|') FROM @o ORDER BY id;
